//! The generated schemas in `schema/`.

use std::path::Path;

use seatwise::policy::schema::{Draft, schemas};

/// `UPDATE_EXPECT=1 cargo test --test it schema` writes them anew.
#[test]
fn schemas_in_the_repository_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, schema) in schemas(Draft::Draft202012) {
        let path = folder.join(format!("{name}.schema.json"));
        let fresh = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &fresh).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, fresh, "{} is stale: run `UPDATE_EXPECT=1 cargo test --test it schema`", path.display());
    }
}

#[test]
fn schemas_of_both_drafts_say_which_they_are() {
    for (draft, says) in
        [(Draft::Draft202012, "https://json-schema.org/draft/2020-12/schema"), (Draft::Draft07, "http://json-schema.org/draft-07/schema#")]
    {
        assert!(schemas(draft).values().all(|schema| schema["$schema"] == says));
    }
}
