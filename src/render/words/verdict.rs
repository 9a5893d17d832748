//! Describes guards, refusals and warnings in words.

use super::{MarkedText, count, money, number};
use crate::model::Money;
use crate::plan::impact::ExposureTotal;
use crate::plan::{GuardWarning, Impact, Refusal, RefusalContributor, RefusalPart};
use crate::policy::settings::{Guard, RemovalRelation};
use crate::render::clean::clean_text;

/// Returns the noun for what a guard counts, singular and plural.
pub fn subject_of(guard: Guard) -> (&'static str, &'static str) {
    match guard {
        Guard::Removals(RemovalRelation::Users) => ("user", "users"),
        Guard::Removals(RemovalRelation::Groups) => ("group", "groups"),
        Guard::Removals(RemovalRelation::Memberships) => ("membership", "memberships"),
        Guard::Removals(RemovalRelation::Roles) => ("role", "roles"),
        Guard::Removals(RemovalRelation::Assignments) => ("assignment", "assignments"),
        Guard::Removals(RemovalRelation::AllowLists) => {
            ("product on a group list", "products on group lists")
        }
        Guard::OneGroup => ("member", "members"),
        Guard::LosesAccess | Guard::GainsAccess | Guard::AccountLocks => ("person", "people"),
        Guard::InvitedAdministrators => {
            ("active or invited Co-Administrator", "active or invited Co-Administrators")
        }
        Guard::Administrators => ("active Co-Administrator", "active Co-Administrators"),
        Guard::Licences => ("named licence", "named licences"),
        // The currency stands in the place of this noun wherever it is known.
        Guard::AddedExposure | Guard::Exposure => ("unit of the currency", "units of the currency"),
        Guard::EmptyRelation(_) => ("entry", "entries"),
    }
}

/// Returns the guard's key in the settings: `guard.removals.users`.
pub fn guard_key(guard: Guard) -> String {
    match guard {
        Guard::Removals(removal) => format!("guard.removals.{}", removal.as_str()),
        Guard::EmptyRelation(relation) => format!("manage.{}", relation.as_str()),
        Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        | Guard::Administrators
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure => {
            format!("guard.{}", guard.as_str())
        }
    }
}

/// Describes what a guard refuses: the number and the limit. `impact` is that of the refused plan.
pub fn refusal_words(refusal: &Refusal, impact: &Impact) -> MarkedText {
    let counted = counted_words(refusal, refusal.number, impact);
    let of = if refusal.before == 0 { String::new() } else { format!(" of {}", number(refusal.before)) };
    let limit = bare_number(refusal, refusal.limit, impact);
    let said = match refusal.guard {
        Guard::Removals(RemovalRelation::Roles) if !refusal.parts.is_empty() => {
            let holders = count(refusal.before, "holder", "holders");
            format!(" would be revoked from {} of {holders}; the limit is {limit}", number(refusal.number))
        }
        Guard::Removals(_) => format!("{counted}{of} would go; the limit is {limit}"),
        Guard::OneGroup => format!("one group would lose {counted}{of}; the limit is {limit}"),
        Guard::LosesAccess => format!("{counted}{of} would lose access to a product; the limit is {limit}"),
        Guard::GainsAccess => format!(
            "{counted}{of} who are already there would gain access to a product; the limit is {limit}"
        ),
        Guard::AccountLocks => {
            let accounts = if refusal.number == 1 { "account" } else { "accounts" };
            format!("the {accounts} of {counted}{of} would be locked; the limit is {limit}")
        }
        Guard::Administrators | Guard::InvitedAdministrators => {
            format!("only {counted} would be left at some point; at least {limit} must stay")
        }
        Guard::Licences => format!("{counted} would be assigned beyond what is owned; the limit is {limit}"),
        Guard::AddedExposure => {
            let so_far = counted_words(refusal, refusal.before, impact);
            format!("{counted} would be added to the projected overage of {so_far}; the limit is {limit}")
        }
        Guard::Exposure => format!("the projected overage is {counted}; the limit is {limit}"),
        Guard::EmptyRelation(relation) => {
            format!(
                "`{}` is managed as `exact`, and the policy has not one entry: {counted} of the organization \
                    would go",
                relation.as_str()
            )
        }
    };
    let role = refusal.parts.first().filter(|_| refusal.guard != Guard::OneGroup);
    let named = role.map_or_else(MarkedText::default, |role| MarkedText::default().name(&role.name));
    named.say(said).append(largest_share_words(refusal))
}

/// Describes the object that loses the largest share, where it is not the one that loses most.
fn largest_share_words(refusal: &Refusal) -> MarkedText {
    let share = |part: &RefusalPart| (part.number * SHARE_PRECISION).checked_div(part.before).unwrap_or(0);
    let (Some(most), Some(largest)) =
        (refusal.parts.first(), refusal.parts.iter().rev().max_by_key(|part| share(part)))
    else {
        return MarkedText::default();
    };
    if share(most) == share(largest) {
        return MarkedText::default();
    }
    MarkedText::new("; the largest share: ").name(&largest.name).say(format!(
        ", {} of {}; the limit is {}",
        number(largest.number),
        number(largest.before),
        number(largest.limit)
    ))
}

/// Shares are compared in parts of this number.
const SHARE_PRECISION: usize = 10_000;

/// Counts what a guard counts, with its noun: `3 users`, `9,072 EUR`.
fn counted_words(refusal: &Refusal, counted: usize, impact: &Impact) -> String {
    let (one, many) = subject_of(refusal.guard);
    match refusal.currency_in(impact) {
        Some(_) => bare_number(refusal, counted, impact),
        None => count(counted, one, many),
    }
}

/// Writes a number of a refusal, with its currency where it is money.
fn bare_number(refusal: &Refusal, counted: usize, impact: &Impact) -> String {
    let currency = refusal.currency_in(impact).map(|currency| format!(" {}", clean_text(currency)));
    number(counted) + &currency.unwrap_or_default()
}

/// Counts what one cause adds to a refusal, of the number before where the guard judges the cause by itself.
pub fn contributor_count(refusal: &Refusal, contributor: &RefusalContributor, impact: &Impact) -> String {
    let counted = bare_number(refusal, contributor.count, impact);
    match refusal.parts.iter().find(|part| part.name == contributor.cause) {
        Some(part) => format!("{counted} of {}", number(part.before)),
        None => counted,
    }
}

/// Says what to do about a refusal that has no items to approve.
pub fn unapprovable_words(guard: Guard) -> MarkedText {
    MarkedText::new(match guard {
        Guard::Administrators => {
            "No approval lifts this guard: keep enough active Co-Administrators (an invitation that is not \
                accepted does not count)."
                .to_owned()
        }
        Guard::InvitedAdministrators => {
            "No item can be approved: nobody is an active Co-Administrator, so those who are invited stay \
                until somebody has accepted. `--approve` lifts it for one plan."
                .to_owned()
        }
        Guard::EmptyRelation(relation) => {
            format!(
                "No approval lifts this guard: if nothing is meant, write `{}: {}` into the policy, and the \
                    other guards decide.",
                relation.as_str(),
                empty_of(relation)
            )
        }
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure => {
            "It is covered by the above: the lines that approve those refusals lift this one, too.".to_owned()
        }
    })
}

fn empty_of(relation: crate::policy::Relation) -> &'static str {
    use crate::policy::Relation;
    match relation {
        Relation::Users | Relation::Groups => "{}",
        Relation::Memberships
        | Relation::Roles
        | Relation::Assignments
        | Relation::Restrictions
        | Relation::Alerts
        | Relation::Contacts => "[]",
    }
}

/// Describes the charge of the current period for use beyond what is owned.
pub fn exposure_words(total: &ExposureTotal) -> MarkedText {
    let sum = |amounts: &[Money]| match amounts {
        [] => "nothing".to_owned(),
        amounts => amounts.iter().map(money).collect::<Vec<_>>().join(" and "),
    };
    let (period, before, after) = (total.period, sum(&total.before), sum(&total.after));
    MarkedText::new(if before == after {
        format!("{before} in {period} (provisional)")
    } else {
        format!(
            "{before} → {after} in {period}, if people whom this brings to a product use it as others do \
                (provisional)"
        )
    })
}

/// Describes a warning with which a guard lets a plan pass.
pub fn warning_words(warning: &GuardWarning) -> MarkedText {
    match warning {
        GuardWarning::Off(off) => {
            MarkedText::new(format!("`{}` is switched off in the policy", guard_key(*off)))
        }
        GuardWarning::OwnedUnknown { product, assigned } => MarkedText::default().name(product).say(format!(
            ": {} by name, and how many are owned is not known",
            count(*assigned, "licence would be assigned", "licences would be assigned")
        )),
        GuardWarning::BeyondOwned { product, owned, assigned } => MarkedText::default()
            .name(product)
            .say(format!(": {} assigned by name, {} owned", number(*assigned), number(*owned))),
        GuardWarning::IdleApproval { guard, item, nearest } => {
            let guard = guard.as_str();
            let said = MarkedText::new(format!("the approval for `{guard}` of "))
                .name(item)
                .say(" matches nothing that the guard refuses");
            match nearest {
                Some(nearest) => said.say("; did you mean ").name(nearest).say("?"),
                None => said,
            }
        }
        GuardWarning::UsageEnds(until) => MarkedText::new(format!(
            "usage is known up to {until} only: the projected overage is unknown, not 0"
        )),
        GuardWarning::UsageBegins(since) => MarkedText::new(format!(
            "usage is known from {since} on only: the overage of the period may be higher"
        )),
        GuardWarning::ExposureUnpriced { product, machines } => {
            MarkedText::default().name(product).say(format!(
                ": {} above what is owned, and no list price in the limit's currency is known",
                count(*machines, "machine", "machines")
            ))
        }
        GuardWarning::ExposureUnknown => {
            MarkedText::new("usage was not read: the projected overage is unknown, not 0")
        }
    }
}
