//! Assignments and named licences that are not used.

use crate::model::{Date, Email, Organization, ProductId, UserException, word_enum};
use crate::usage::{LastUses, UserName};

word_enum! {
    /// How somebody holds a product.
    pub enum HoldingKind {
        Assignment = "assignment",
        NamedLicence = "named licence",
    }
}

/// An assignment or named licence that is not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdleHolding {
    pub user: Email,
    pub product: ProductId,
    pub held: HoldingKind,
    /// The day of last use; for a named licence, of use under it. `None` where the rows have no such use.
    pub last: Option<Date>,
}

/// The assignments and named licences that were not used for some days.
#[derive(Debug, Clone)]
pub struct IdleReport {
    /// The number of days without use.
    pub days: u32,
    /// The first of those days.
    pub from: Date,
    /// The first day with known use; `None` where no use is known.
    pub since: Option<Date>,
    /// The number of people whom the rows name only by an opaque id, so that their use cannot be attributed.
    pub opaque_users: usize,
    /// In order of users.
    pub lines: Vec<IdleHolding>,
}

impl IdleReport {
    /// Finds what the people of `organization` hold and have not used in the `days` before `today`, according
    /// to `uses`.
    pub fn new(organization: &Organization, uses: &LastUses, today: Date, days: u32) -> Self {
        let from = today.saturating_sub(jiff::Span::new().days(i64::from(days)));
        let lines = organization.users.iter().flat_map(|(email, user)| {
            let allowed = user
                .exceptions
                .iter()
                .filter(|(_, exception)| **exception == UserException::Allow)
                .map(|(product, _)| (product, HoldingKind::Assignment));
            let licensed = user.licences.keys().map(|product| (product, HoldingKind::NamedLicence));
            allowed.chain(licensed).filter_map(|(product, held)| {
                let days = uses.last_days(&UserName::Email(email.clone()), product).unwrap_or_default();
                let last = match held {
                    HoldingKind::Assignment => days.last_day(),
                    HoldingKind::NamedLicence => days.licensed,
                };
                let is_idle = last.is_none_or(|last| last < from);
                is_idle.then(|| IdleHolding { user: email.clone(), product: product.clone(), held, last })
            })
        });
        let opaque = |name: &&UserName| match name {
            UserName::Email(_) => false,
            UserName::Opaque(_) => true,
        };
        let mut lines: Vec<IdleHolding> = lines.collect();
        lines.sort();
        Self { days, from, since: uses.since, opaque_users: uses.users.keys().filter(opaque).count(), lines }
    }
}
