//! Past contracts and list prices of a generated firm: prices rise, and licences are bought and given up in
//! the middle of a quarter.

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Dice;
use super::habits::days_after;
use crate::model::{LicenceKind, Money, OrganizationFacts, OwnedLicences, PastTerms, ProductId};
use crate::usage::days_between;

/// Makes up a past for the contracts and prices of `facts`, with changes between `first` and `until`. The
/// last value of each series is today's value in `facts`.
pub fn generate_past(facts: &OrganizationFacts, first: Date, until: Date, seed: u64) -> PastTerms {
    let mut dice = Dice::new(seed ^ 0x0070_6173_7400);
    let days = u64::try_from(days_between(first, until)).unwrap_or(0).max(2);
    let before = first.saturating_sub(Span::new().years(3));
    let mut past = PastTerms::default();
    for (product, known) in &facts.products {
        let Some(price) = &known.list_price else { continue };
        if let Some(rise) = price_rise_day(&mut dice, first, days) {
            let earlier = earlier_price(price, &mut dice);
            past.prices.insert(product.clone(), [(before, earlier), (rise, price.clone())].into());
        }
    }
    for contract in &facts.contracts {
        for (product, owned) in contract.owned.iter().filter(|(product, _)| is_pooled(facts, product)) {
            if let (OwnedLicences::Quantity(quantity), true) = (owned, dice.chance(25)) {
                let change = days_after(first, 1 + dice.number_below(days - 1));
                let earlier = OwnedLicences::Quantity(earlier_quantity(*quantity, &mut dice));
                past.owned.insert(
                    (contract.name.clone(), product.clone()),
                    [(before, earlier), (change, *owned)].into(),
                );
            }
        }
    }
    past
}

fn is_pooled(facts: &OrganizationFacts, product: &ProductId) -> bool {
    !facts.is_named(product)
        && facts.products.get(product).is_none_or(|known| known.licence == LicenceKind::Pooled)
}

/// Draws the day on which a price rises: any day, the turn of the year, or never.
fn price_rise_day(dice: &mut Dice, first: Date, days: u64) -> Option<Date> {
    match dice.number_below(3) {
        0 => Some(days_after(first, dice.number_below(days - 1) + 1)),
        1 => {
            let turn = first.first_of_year().saturating_add(Span::new().years(1));
            (turn <= days_after(first, days)).then_some(turn)
        }
        _ => None,
    }
}

/// Draws an earlier price that is two to seven percent lower, in multiples of ten.
fn earlier_price(price: &Money, dice: &mut Dice) -> Money {
    let share = Decimal::new(i64::try_from(93 + dice.number_below(6)).expect("a percentage"), 2);
    let tens = (price.amount * share / Decimal::TEN).round();
    Money { amount: (tens * Decimal::TEN).max(Decimal::ONE), currency: price.currency.clone() }
}

/// Draws an earlier quantity, which is mostly lower, because firms grow.
fn earlier_quantity(quantity: u32, dice: &mut Dice) -> u32 {
    let change = 1 + u32::try_from(dice.number_below(u64::from(quantity / 3) + 1)).unwrap_or(0);
    if quantity > change && dice.chance(70) { quantity - change } else { quantity + change }
}
