//! Amounts in minor units.

use seatwise::model::Money;

fn rounded_text(text: &str) -> String {
    text.parse::<Money>().unwrap().round().to_string()
}

#[test]
fn amount_is_rounded_half_up_to_the_minor_unit_of_its_currency() {
    let cases = [
        ("1600 EUR", "1600.00 EUR"),
        ("0.005 EUR", "0.01 EUR"),
        ("0.015 EUR", "0.02 EUR"), // To even digits it would be the same.
        ("0.025 EUR", "0.03 EUR"), // To even digits it would be 0.02.
        ("0.0249999 EUR", "0.02 EUR"),
        ("0 USD", "0.00 USD"),
        ("12.5 JPY", "13 JPY"),
        ("12.4999 KRW", "12 KRW"),
        ("1.0005 KWD", "1.001 KWD"),
        ("1.00005 CLF", "1.0001 CLF"),
    ];
    cases.iter().for_each(|(exact, expected)| assert_eq!(rounded_text(exact), *expected, "{exact}"));
}
