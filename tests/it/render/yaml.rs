//! YAML as seatwise writes it: a reader gets every string back unchanged.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser};
use seatwise::model::ProductId;
use seatwise::render::yaml;

use crate::dice::TestDice;
use crate::plan_builder::product;

/// The pieces of random texts: everything that has a meaning somewhere in YAML.
const PIECES: [&str; 64] = [
    "a",
    "Z",
    "é",
    "名",
    "\u{301}",
    "😀",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{202e}",
    "\u{a0}",
    ":",
    ": ",
    " #",
    "#",
    "-",
    "- ",
    "?",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "\\",
    "\\n",
    "~",
    "null",
    "NO",
    "no",
    "on",
    "true",
    "y",
    "1",
    "0x1F",
    "1.0",
    "1e5",
    ".inf",
    "1_000",
    "12:30:45",
    "2026-01-01",
    "---",
    "...",
    "<<",
    "=",
    "/",
    "(x)",
];

/// A text of at most six pieces.
fn random_text(dice: &mut TestDice) -> String {
    let length = dice.number_below(7);
    (0..length).map(|_| dice.pick(&PIECES)).collect()
}

#[test]
fn scalar_is_read_back_as_the_same_string_wherever_it_stands() {
    let mut dice = TestDice::new(42);
    let singles = PIECES.iter().map(|piece| (*piece).to_owned());
    let texts: Vec<String> = singles.chain((0..20_000).map(|_| random_text(&mut dice))).collect();
    for text in texts {
        let scalar = yaml::scalar(&text);
        let document = format!(
            "k: {scalar}\nflow: [{scalar}, {{k: {scalar}}}]\n? {scalar}\n: block\nitems:\n  - {scalar}\n  - \
                {scalar}: v\n"
        );
        let events = yaml_strings(&document).unwrap_or_else(|error| panic!("{text:?} as {scalar}: {error}"));
        assert_eq!(
            events.iter().filter(|event| **event == text).count()
                - usize::from(text == "k") * 2
                - usize::from(text == "v"),
            6,
            "{text:?} as {scalar}"
        );
        let value: BTreeMap<String, String> = serde_saphyr::from_str(&format!("{scalar}: {scalar}\n"))
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(value, BTreeMap::from([(text.clone(), text.clone())]));
        // In an untyped value the reader itself decides what a scalar is.
        let value: serde_json::Value = serde_saphyr::from_str(&format!("[{scalar}]")).unwrap();
        assert_eq!(value[0], serde_json::Value::String(text));
    }
}

/// The scalars of a document, as the parser of policies reads them.
fn yaml_strings(document: &str) -> Result<Vec<String>, String> {
    Parser::new_from_str(document)
        .filter_map(|event| match event {
            Ok((Event::Scalar(text, ..), _)) => Some(Ok(text.to_string())),
            Ok(_) => None,
            Err(error) => Some(Err(error.to_string())),
        })
        .collect()
}

#[test]
fn ordinary_names_are_not_quoted() {
    for name in [
        "Ana",
        "Santos Reis",
        "O'Neill",
        "João",
        "ana.silva@acme.example",
        "openroads-designer",
        "SIG Node (leads)",
        "de",
    ] {
        assert_eq!(yaml::scalar(name), name);
    }
    for name in [
        "NO",
        "no",
        "Yes",
        "on",
        "null",
        "~",
        "1.0",
        "2026-01-01",
        "a: b",
        "a #b",
        "",
        " a",
        "a ",
        "-a",
        "Null",
        "y",
        "1e5",
        "@a",
    ] {
        assert!(yaml::scalar(name).starts_with('"'), "{name}");
    }
}

#[test]
fn long_lists_stand_an_item_a_line() {
    let short: ProductId = product("microstation");
    assert_eq!(yaml::list(4, "products", [short.as_str()]), "    products: [microstation]\n");
    let many = yaml::list(4, "products", std::iter::repeat_n("openroads-designer", 6));
    assert_eq!(many.lines().count(), 7);
    assert_eq!(many.lines().nth(1), Some("      - openroads-designer"));
}
