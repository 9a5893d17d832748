//! The use that is known when a plan is made.

use rust_decimal::Decimal;
use seatwise::model::Money;
use seatwise::usage::{Charge, Overage};

fn due_charge(amount: i64, currency: &str) -> Charge {
    Charge::Due(Money { amount: Decimal::from(amount), currency: currency.into() })
}

fn overage(machines: u32, charge: Charge) -> Overage {
    Overage { machines, charge }
}

#[test]
fn overages_of_several_pools_are_one() {
    let and = |one: Charge, other: Charge| overage(2, one).combine(overage(3, other)).charge;
    assert_eq!(
        overage(2, due_charge(5, "EUR")).combine(overage(3, due_charge(7, "EUR"))),
        overage(5, due_charge(12, "EUR"))
    );
    assert_eq!(and(Charge::Nothing, due_charge(7, "EUR")), due_charge(7, "EUR"));
    assert_eq!(and(due_charge(7, "EUR"), Charge::Forgiven), due_charge(7, "EUR"));
    assert_eq!(and(Charge::Nothing, Charge::Forgiven), Charge::Forgiven);
    assert_eq!(
        and(due_charge(7, "EUR"), Charge::PriceUnknown),
        Charge::PriceUnknown,
        "a sum that leaves something out is none"
    );
    assert_eq!(and(Charge::TooLarge, due_charge(7, "EUR")), Charge::TooLarge);
    assert_eq!(overage(u32::MAX, Charge::Nothing).combine(overage(1, Charge::Nothing)).machines, u32::MAX);
}
