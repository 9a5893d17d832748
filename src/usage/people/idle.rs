//! What is held and not used.

use crate::model::{Date, Email, Organization, ProductId, UserException};
use crate::usage::{LastUses, UserName};

/// As what somebody holds a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldingKind {
    /// By an assignment.
    Assignment,
    /// By a named licence.
    NamedLicence,
}

impl HoldingKind {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assignment => "assignment",
            Self::NamedLicence => "named licence",
        }
    }
}

/// Something held and not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdleHolding {
    /// By whom.
    pub user: Email,
    /// What.
    pub product: ProductId,
    /// As what.
    pub held: HoldingKind,
    /// When it was last used; of a named licence, under it. `None` where the rows have no use of it.
    pub last: Option<Date>,
}

/// What is held and was not used for some days.
#[derive(Debug, Clone)]
pub struct IdleReport {
    /// For how many days.
    pub days: u32,
    /// The first of them.
    pub from: Date,
    /// The first day that the rows know of.
    pub since: Option<Date>,
    /// People whom the rows know only by an opaque id, so that what they use cannot be told.
    pub opaque_users: usize,
    /// By user.
    pub lines: Vec<IdleHolding>,
}

impl IdleReport {
    /// What the people of `organization` hold and have not used in the `days` before `today`, by `uses`.
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
