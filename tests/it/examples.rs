//! The folders in `examples/`, used in the way of somebody who tries them.

use seatwise::model::Interner;

use crate::folders::{EmbeddedOrganization, examples, files_with_ending, moment, policy};

#[test]
fn examples_are_policies_without_a_problem() {
    for folder in examples() {
        let policy = policy(&folder, moment("2026-11-24T09:12:00Z"), &Interner::default());
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert_eq!(&*policy.settings.organization, name, "an example's organization is named as its folder");
        assert!(!policy.users.is_empty(), "{name}");
    }
}

#[test]
fn examples_apply_to_their_seed_and_then_have_nothing_to_do() {
    for folder in examples() {
        let world = EmbeddedOrganization::with_seed_of(&folder);
        let first = moment("2026-11-20T08:00:00Z");
        assert!(!world.plan(&folder, first).steps.is_empty(), "{}", folder.display());
        world.apply(&folder, first);
        let again = world.plan(&folder, moment("2026-11-20T08:05:00Z"));
        assert_eq!(again.steps, [], "{}", folder.display());
        assert!(again.verdict.refusals.is_empty(), "{}", folder.display());
    }
}

#[test]
fn examples_change_nothing_that_the_policy_ignores() {
    let folder = examples().into_iter().find(|folder| folder.ends_with("acme-engineering")).unwrap();
    let plan = EmbeddedOrganization::with_seed_of(&folder).plan(&folder, moment("2026-11-24T09:12:00Z"));
    assert_eq!((plan.left_alone.ignored_users, plan.left_alone.ignored_groups), (1, 1));
    assert_eq!(plan.left_alone.idle, [], "every entry of `ignore` and every approval is there for something");
}

#[test]
fn every_file_of_an_example_names_its_schema_and_says_what_it_is_for() {
    for folder in examples() {
        for file in files_with_ending(&folder, "yaml") {
            let text = std::fs::read_to_string(&file).unwrap();
            let mut lines = text.lines();
            let schema = lines.next().unwrap().strip_prefix("# yaml-language-server: $schema=");
            let schema = schema.unwrap_or_else(|| panic!("{} does not name its schema", file.display()));
            assert!(file.parent().unwrap().join(schema).is_file(), "{}: no {schema}", file.display());
            let header = lines.next().unwrap();
            assert!(
                header.starts_with("# ") && header.len() > 30,
                "{} does not say what it is for: {header}",
                file.display()
            );
        }
    }
}

/// The output of a demonstration, which must succeed.
#[cfg(unix)]
fn demonstration_output(script: &str) -> String {
    let mut shell = std::process::Command::new("sh");
    shell.arg(crate::folders::repository_path(script)).env("SEATWISE", env!("CARGO_BIN_EXE_seatwise"));
    let came = shell
        .env_remove("SEATWISE_TOKEN")
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&came.stdout), String::from_utf8_lossy(&came.stderr));
    assert!(came.status.success(), "{said}");
    said
}

#[cfg(unix)]
#[test]
fn demonstration_over_http_ends_with_nothing_to_do() {
    let said = demonstration_output("examples/http/demo.sh");
    for part in [
        "http is served at http://127.0.0.1:",
        " done.",
        "Nothing to do: http is as the policy wants it.",
        "/#key=",
    ] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
}

#[cfg(unix)]
#[test]
fn demonstration_over_scim_ends_with_nothing_to_do_over_both_profiles() {
    let said = demonstration_output("examples/scim/demo.sh");
    for part in ["/scim/v2\n", "/scim/bentley\n", "19 done.", "14 done.", "section roles"] {
        assert!(said.contains(part), "`{part}` is not in:\n{said}");
    }
    assert_eq!(said.matches("Nothing to do: scim is as the policy wants it.").count(), 2, "{said}");
}
