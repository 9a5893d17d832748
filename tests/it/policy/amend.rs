//! Edits of policy documents make the requested change, and change no other byte.

use expect_test::{Expect, expect};
use seatwise::model::{CountryCode, Email, ProductId};
use seatwise::policy::amend::{Amendment, amend_document};

fn product() -> ProductId {
    ProductId::new("cad").unwrap()
}

fn ana() -> Email {
    Email::new("ana@x.example").unwrap()
}

fn deny() -> Amendment {
    Amendment::Deny(ana(), product())
}

fn revoke() -> Amendment {
    Amendment::Revoke(ana(), product())
}

fn restrict() -> Amendment {
    Amendment::Restrict(product(), CountryCode::new("PT").unwrap())
}

/// Asserts the removed and added lines, as a diff shows them. Everything else stays the same, byte for byte.
fn check(text: &str, amendment: &Amendment, expected: Expect) {
    let amended = amend_document(text, amendment).unwrap_or_else(|| panic!("no edit of:\n{text}"));
    let patch = seatwise::render::patch::file_patch("p.yaml", text, &amended);
    let changed = patch.lines().filter(|line| {
        (line.starts_with(['+', '-'])) && !line.starts_with("+++") && !line.starts_with("---")
    });
    expected.assert_eq(&changed.map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn denied_product_is_added_where_the_person_stands() {
    let block = "users:\n  # the boss\n  Ana@x.example:   # first\n    first_name: Ana\n    groups:\n      - \
        bridges   # all of them\n\n  bo@x.example: {country: PT}\n";
    check(
        block,
        &deny(),
        expect![[r#"
            +    deny: [cad]
        "#]],
    );
    assert!(
        amend_document(block, &deny())
            .unwrap()
            .contains("- bridges   # all of them\n    deny: [cad]\n\n  bo@x"),
        "behind the person's last line"
    );
    check(
        "users:\n  ana@x.example: {first_name: Ana, country: PT}   # short\n",
        &deny(),
        expect![[r#"
            -  ana@x.example: {first_name: Ana, country: PT}   # short
            +  ana@x.example: {first_name: Ana, country: PT, deny: [cad]}   # short
        "#]],
    );
    check(
        "users:\n  ana@x.example:\n    deny: [ gis ,  \"bim\" ]  # two\n",
        &deny(),
        expect![[r#"
            -    deny: [ gis ,  "bim" ]  # two
            +    deny: [ gis ,  "bim", cad ]  # two
        "#]],
    );
    check(
        "users:\n  ana@x.example:\n    deny:\n    - gis   # not hers\n    # more\n    country: PT",
        &deny(),
        expect![[r#"
            +    - cad
        "#]],
    );
}

#[test]
fn line_ends_are_those_of_the_file() {
    let amended = amend_document("users:\r\n  ana@x.example:\r\n    country: PT\r\n", &deny()).unwrap();
    assert_eq!(amended, "users:\r\n  ana@x.example:\r\n    country: PT\r\n    deny: [cad]\r\n");
    assert_eq!(
        amend_document("users:\n  ana@x.example:\n    country: PT", &deny()).unwrap(),
        "users:\n  ana@x.example:\n    country: PT\n    deny: [cad]"
    );
}

#[test]
fn grant_by_name_is_taken_out_of_its_list() {
    let with =
        |list: &str| format!("users:\n  ana@x.example:\n    products: {list}  # hers\n    country: PT\n");
    let amended = |list: &str| {
        amend_document(&with(list), &revoke()).map(|text| text.lines().nth(2).unwrap().trim().to_owned())
    };
    assert_eq!(amended("[cad]").unwrap(), "products: []  # hers");
    assert_eq!(amended("[cad, gis]").unwrap(), "products: [gis]  # hers");
    assert_eq!(amended("[gis, cad]").unwrap(), "products: [gis]  # hers");
    assert_eq!(
        amended("[gis, {product: cad, until: 2027-01-01}, bim]").unwrap(),
        "products: [gis, bim]  # hers"
    );
    assert_eq!(amended("[gis]"), None, "it is not there");
    check(
        "users:\n  ana@x.example:\n    products:\n      - gis   # all\n      - \
            {product: cad, reason: \"x\"}   # for now\n      - bim\n",
        &revoke(),
        expect![[r#"
            -      - {product: cad, reason: "x"}   # for now
        "#]],
    );
    check(
        "users:\n  ana@x.example:\n    products:\n      - product: cad\n        until: 2027-01-01\n    \
            country: PT\n",
        &revoke(),
        expect![[r#"
            -    products:
            -      - product: cad
            -        until: 2027-01-01
            +    products: []
        "#]],
    );
}

#[test]
fn restriction_joins_the_others_changes_its_own_or_comes_at_the_end() {
    check(
        "restrictions:\n  - {country: DE, default: everyone}   # open\n  # the end\n",
        &restrict(),
        expect![[r#"
            +  - {product: cad, country: PT, allow: selected}
        "#]],
    );
    check(
        "restrictions:\n  - product: cad\n    country: PT\n    allow: everyone   # so far\n",
        &restrict(),
        expect![[r#"
            -    allow: everyone   # so far
            +    allow: selected   # so far
        "#]],
    );
    check(
        "groups: {}\n",
        &restrict(),
        expect![[r#"
            +
            +restrictions:
            +  - {product: cad, country: PT, allow: selected}
        "#]],
    );
}

#[test]
fn what_stands_elsewhere_or_cannot_be_read_is_left_alone() {
    let shared = "users:\n  bo@x.example: &common {country: PT}\n  ana@x.example: *common\n";
    assert_eq!(amend_document(shared, &deny()), None, "bo would lose it too");
    assert_eq!(amend_document("users:\n  bo@x.example: {country: PT}\n", &deny()), None);
    assert_eq!(amend_document("users:\n  ana@x.example:\n", &deny()), None);
    assert_eq!(amend_document("users: [", &deny()), None);
    assert_eq!(amend_document("", &restrict()), None);
    assert_eq!(amend_document("restrictions: {}\n", &restrict()), None);
}

#[test]
fn name_that_would_be_something_else_is_quoted() {
    let odd = ProductId::new("a: \"b\\c\" #1").unwrap();
    let amended =
        amend_document("users:\n  ana@x.example: {country: PT}\n", &Amendment::Deny(ana(), odd.clone()))
            .unwrap();
    assert!(amended.contains(r##"deny: ["a: \"b\\c\" #1"]"##), "{amended}");
    assert_eq!(amend_document(&amended, &Amendment::Revoke(ana(), odd)), None, "nothing was granted");
}
