//! The table of access: how many people lose and gain which products, and because of what.
//!
//! Rows are for people who stay; who leaves and who is new is counted in one row each.

use std::collections::BTreeMap;

use super::words::{self, MarkedText};
use crate::model::{Email, ProductId};
use crate::plan::Impact;
use crate::plan::impact::{AccessCause, ProductImpact};

/// A row of the table.
#[derive(Debug, Clone)]
pub(super) struct AccessRow {
    /// The products, or the people who come or go.
    pub(super) subject: MarkedText,
    pub(super) lost: usize,
    pub(super) gained: usize,
    pub(super) causes: MarkedText,
}

/// The most products that a row names; more are only counted.
const NAMED: usize = 3;

/// How much of the table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccessDetail {
    /// One row for all products with the same numbers and causes, of which so many are named.
    Abridged { causes: usize },
    /// A row for each product, with all causes.
    Full,
}

/// What makes products share a row: the numbers, and the causes with theirs. The product of an assignment is
/// the row's own.
type SharedNumbers<'p> = (usize, usize, Vec<ComparedCause<'p>>);

/// A cause with its numbers: the user of an assignment, or any other cause as it is.
type ComparedCause<'p> = (Option<&'p Email>, Option<&'p AccessCause>, (usize, usize));

/// The rows for the people who stay, in the order of the products, then those who leave and the newcomers.
pub(super) fn access_rows(impact: &Impact, detail: AccessDetail) -> Vec<AccessRow> {
    let mut shared: BTreeMap<SharedNumbers<'_>, usize> = BTreeMap::new();
    let mut rows: Vec<(Vec<&ProductId>, &ProductImpact)> = Vec::new();
    for (product, numbers) in &impact.products {
        let (lost, gained) = stayer_counts(numbers);
        if lost + gained == 0 {
            continue;
        }
        let at = match detail {
            AccessDetail::Full => rows.len(),
            AccessDetail::Abridged { .. } => {
                *shared.entry((lost, gained, compared_causes(numbers))).or_insert(rows.len())
            }
        };
        match rows.get_mut(at) {
            Some((products, _)) => products.push(product),
            None => rows.push((vec![product], numbers)),
        }
    }
    let rows = rows.into_iter().map(|(products, numbers)| {
        let (lost, gained) = stayer_counts(numbers);
        AccessRow { subject: product_words(&products), lost, gained, causes: largest_causes(numbers, detail) }
    });
    rows.chain(passing_rows(impact)).collect()
}

/// How many of those who stay lose and gain the product.
fn stayer_counts(numbers: &ProductImpact) -> (usize, usize) {
    let ProductImpact { lost, lost_by_leaving, gained, gained_by_newcomers, causes: _ } = numbers;
    (lost.saturating_sub(*lost_by_leaving), gained.saturating_sub(*gained_by_newcomers))
}

fn compared_causes(numbers: &ProductImpact) -> Vec<ComparedCause<'_>> {
    let compared = numbers.causes.iter().map(|(cause, counts)| match cause {
        AccessCause::Assignment(user, _) => (Some(user), None, *counts),
        AccessCause::User(_)
        | AccessCause::Membership(..)
        | AccessCause::Group(_)
        | AccessCause::Product(_)
        | AccessCause::Restriction(..)
        | AccessCause::Default(_) => (None, Some(cause), *counts),
    });
    compared.filter(|(.., counts)| *counts != (0, 0)).collect()
}

fn product_words(products: &[&ProductId]) -> MarkedText {
    if products.len() > NAMED {
        return MarkedText::new(words::count(products.len(), "product", "products"));
    }
    MarkedText::default().names(products)
}

/// Lists the largest causes with their numbers.
fn largest_causes(numbers: &ProductImpact, detail: AccessDetail) -> MarkedText {
    let most = match detail {
        AccessDetail::Abridged { causes } => causes,
        AccessDetail::Full => usize::MAX,
    };
    let mut causes: Vec<(&AccessCause, usize)> = numbers
        .causes
        .iter()
        .map(|(cause, (lost, gained))| (cause, lost + gained))
        .filter(|(_, count)| *count > 0)
        .collect();
    causes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let said =
        causes.iter().take(most).map(|(cause, count)| words::cause_words(cause).say(format!(" ({count})")));
    let more = match causes.len().saturating_sub(most) {
        0 => None,
        more => Some(MarkedText::new(words::count(more, "more cause", "more causes") + " (--full)")),
    };
    said.chain(more).fold(MarkedText::default(), MarkedText::join)
}

/// One row for all who leave, and one for all newcomers.
fn passing_rows(impact: &Impact) -> impl Iterator<Item = AccessRow> {
    let numbers = || impact.products.values();
    // Plans of earlier versions count newcomers by product only.
    let leavers = numbers().map(|one| one.lost_by_leaving).max().unwrap_or(0).max(impact.leaving.len());
    let newcomers = numbers().map(|one| one.gained_by_newcomers).max().unwrap_or(0).max(impact.arriving);
    let left = numbers().filter(|one| one.lost_by_leaving > 0).count();
    let new = numbers().filter(|one| one.gained_by_newcomers > 0).count();
    let products = |count| MarkedText::new(words::count(count, "product", "products"));
    let leave = if leavers == 1 { "leaver" } else { "leavers" };
    let come = if newcomers == 1 { "newcomer" } else { "newcomers" };
    let rows = [
        AccessRow { subject: MarkedText::new(leave), lost: leavers, gained: 0, causes: products(left) },
        AccessRow { subject: MarkedText::new(come), lost: 0, gained: newcomers, causes: products(new) },
    ];
    rows.into_iter().filter(|row| row.lost + row.gained > 0)
}
