//! What is known of use when a plan is made.

use rust_decimal::Decimal;
use seatwise::model::Money;
use seatwise::usage::{Charge, Overage};

fn due(amount: i64, currency: &str) -> Charge {
    Charge::Due(Money { amount: Decimal::from(amount), currency: currency.into() })
}

fn over(machines: u32, charge: Charge) -> Overage {
    Overage { machines, charge }
}

#[test]
fn overages_of_several_pools_are_one() {
    let and = |one: Charge, other: Charge| over(2, one).combine(over(3, other)).charge;
    assert_eq!(over(2, due(5, "EUR")).combine(over(3, due(7, "EUR"))), over(5, due(12, "EUR")));
    assert_eq!(and(Charge::Nothing, due(7, "EUR")), due(7, "EUR"));
    assert_eq!(and(due(7, "EUR"), Charge::Forgiven), due(7, "EUR"));
    assert_eq!(and(Charge::Nothing, Charge::Forgiven), Charge::Forgiven);
    assert_eq!(
        and(due(7, "EUR"), Charge::PriceUnknown),
        Charge::PriceUnknown,
        "a sum that leaves something out is none"
    );
    assert_eq!(and(Charge::TooLarge, due(7, "EUR")), Charge::TooLarge);
    assert_eq!(over(u32::MAX, Charge::Nothing).combine(over(1, Charge::Nothing)).machines, u32::MAX);
}
