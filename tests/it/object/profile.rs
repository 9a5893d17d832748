//! The places that a field of a profile must have and that the compiler does not ask for.

use seatwise::model::{Email, Interner, Profile};
use seatwise::object::profile::ProfileField;
use seatwise::policy::condition::ConditionSubject;
use seatwise::policy::schema::{SchemaDraft, schemas};
use seatwise::render::words::act_phrase;

use crate::plain_act::PlainAct;
use crate::worlds::law::load_policy;

const ADDRESS: &str = "ana.silva@acme.example";

/// The fields beside the address, which is the user's key. `DE` is a value of each.
fn fields() -> impl Iterator<Item = ProfileField> {
    ProfileField::ALL.into_iter().filter(|field| *field != ProfileField::Email)
}

fn nobody() -> Profile {
    Profile::new(Email::new(ADDRESS).unwrap())
}

#[test]
fn every_field_is_declared_in_a_policy() {
    let schema = &schemas(SchemaDraft::Draft202012)["policy"];
    for field in fields() {
        let name = field.name();
        let document = format!("users:\n  {ADDRESS}:\n    {name}: DE\n");
        let settings =
            "version: 1\norganization: acme\nconnector: {kind: sandbox, path: acme.db}\n".to_owned();
        let policy = load_policy(&[("seatwise.yaml".into(), settings), ("users.yaml".into(), document)]);
        let mut declared = nobody();
        let copied = policy.users.get(&nobody().email).unwrap().copy_field(field, &mut declared);
        assert_eq!((copied, field.text(&declared)), (Some(()), Some("DE")), "policy/decode: {name}");
        assert!(schema["$defs"]["User"]["properties"][name].is_object(), "policy/schema: {name}");
    }
}

#[test]
fn every_field_can_be_asked_for_by_a_condition() {
    for field in ProfileField::ALL {
        assert!(ConditionSubject::User.field(field.name()).is_some(), "policy/condition: {}", field.name());
    }
}

#[test]
fn every_change_of_a_field_is_told_in_words() {
    for field in fields() {
        let mut after = nobody();
        field.set(&mut after, Some("DE"), &Interner::default()).unwrap();
        let what = act_phrase(&PlainAct::UpdateUser { before: nobody(), after }.into()).what.plain_text();
        assert!(what.starts_with(field.noun()) && what.ends_with("DE"), "render/words: {what}");
    }
}
