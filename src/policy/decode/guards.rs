//! Decodes `guard` and `approvals` of `seatwise.yaml`.

use std::collections::BTreeSet;

use schemars::JsonSchema;

use super::super::problem::ProblemCode;
use super::super::settings::{Approval, Guard, GuardLimit, Guards, LicenceGuardAction, RemovalRelation};
use super::super::yaml::{YamlNodeRef, YamlShape};
use super::values::{DateSchema, EmailSchema, MoneySchema, ShareSchema, TextLineSchema};
use super::{KnownField, PolicyDecoder, replace_if_some};
use crate::model::Text;

mapping! {
    /// Limits on plans.
    GuardsSchema "Guards", fn guard_field(self, field, guards: &mut Guards) {
        /// How much of each relation a plan may remove.
        optional removals: RemovalsOrOffSchema => self.decode_removals(field, guards),
        /// Members that one group may lose. `{share: 50%, floor: 4}` where it is left out.
        optional one_group: LimitOrOffSchema => self.limit_into(field, &mut guards.one_group),
        /// People who may lose access to any product. `{count: 50, share: 5%}` where it is left out.
        optional loses_access: LimitOrOffSchema => self.limit_into(field, &mut guards.loses_access),
        /// People already there who may gain access. `{count: 100, share: 10%}` where it is left out.
        optional gains_access: LimitOrOffSchema => self.limit_into(field, &mut guards.gains_access),
        /// People whose account a plan may lock. `{count: 5, share: 2%}` where it is left out.
        optional account_locks: LimitOrOffSchema => self.limit_into(field, &mut guards.account_locks),
        /// Co-Administrators that are always kept: active ones, or where nobody is active, invited ones.
        /// `{at_least: 2}` where it is left out.
        optional administrators: AdministratorsOrOffSchema =>
            self.switch_into(field.value, &mut guards.administrators, Self::administrator_floor),
        /// Users who survive the deletion of their own block.
        optional protect: Vec<EmailSchema> =>
            guards.protect = self.list(field, |decoder, item| decoder.email(item, "an entry of `protect`")),
        /// Named licences beyond what is owned. `refuse` where it is left out.
        optional licences: LicenceGuardActionSchema => replace_if_some(
            &mut guards.licences,
            self.word(field.value, field.what, LicenceGuardActionSchema::WORDS),
        ),
        /// Projected overage. `{adds_at_most: 5000 EUR}` where it is left out.
        optional exposure: ExposureOrOffSchema => self.decode_exposure(field, guards),
        _ => self.report_unknown_setting(field, GuardsSchema::FIELDS),
    }
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "Off")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
pub(super) enum OffSchema {
    /// No limit.
    Off,
}

one_of! {
    /// Limits, or `off`.
    RemovalsOrOffSchema "RemovalsOrOff" { "Limits" Limits(Box<RemovalLimitsSchema>), "Off" Off(OffSchema), }
    /// A limit, or `off`.
    LimitOrOffSchema "LimitOrOff" { "Limit" Limit(GuardLimitSchema), "Off" Off(OffSchema), }
    /// A floor, or `off`.
    AdministratorsOrOffSchema "AdministratorsOrOff" {
        "Floor" Floor(AdministratorFloorSchema),
        "Off" Off(OffSchema),
    }
    /// An amount, or `off`.
    ExposureOrOffSchema "ExposureOrOff" { "Amount" Amount(ExposureLimitSchema), "Off" Off(OffSchema), }
}

mapping! {
    /// How much of each relation a plan may remove.
    RemovalLimitsSchema "Removals", fn removal_field(self, field, guards: &mut Guards) {
        /// People. `{count: 10, share: 2%}` where it is left out.
        optional users: LimitOrOffSchema => self.removal_limit(field, RemovalRelation::Users, guards),
        /// Groups. `{count: 10, share: 10%}` where it is left out.
        optional groups: LimitOrOffSchema => self.removal_limit(field, RemovalRelation::Groups, guards),
        /// Memberships, includes flattened. `{share: 10%}` where it is left out.
        optional memberships: LimitOrOffSchema =>
            self.removal_limit(field, RemovalRelation::Memberships, guards),
        /// Roles held, each role by itself. `{count: 5, share: 25%}` where it is left out; the floor is at\
        /// most 2 for `co-administrator`.
        optional roles: LimitOrOffSchema => self.removal_limit(field, RemovalRelation::Roles, guards),
        /// Products assigned or denied by name, and named licences. `{share: 10%}` where it is left out.
        optional assignments: LimitOrOffSchema =>
            self.removal_limit(field, RemovalRelation::Assignments, guards),
        /// Products on group lists. `{share: 10%}` where it is left out.
        optional allow_lists: LimitOrOffSchema =>
            self.removal_limit(field, RemovalRelation::AllowLists, guards),
    }
}

mapping! {
    /// At most the smaller of `count` and `share`, and never less than `floor`. Written, it replaces the
    /// default as a whole.
    GuardLimitSchema "Limit", fn limit_field(self, field, limit: &mut GuardLimit) {
        /// So many.
        optional count: u32 => limit.count = self.number(field.value, field.what, 0),
        /// Of the number before, rounded down.
        optional share: ShareSchema => limit.share = self.share(field.value, field.what),
        /// Always allowed; 3 where it is left out (`one_group`: 4).
        optional floor: u32 => replace_if_some(&mut limit.floor, self.number(field.value, field.what, 0)),
    }
}

mapping! {
    /// The administrators that are always kept.
    AdministratorFloorSchema "Administrators", fn administrator_floor(self, view, field) -> u32,
        "`administrators`"
    {
        /// Co-Administrators, or as many as there were.
        required at_least: u32 => self.number(field.value, field.what, 0),
    } => at_least
}

words! {
    LicenceGuardActionSchema "Licences" of LicenceGuardAction {
        /// Refuse the plan.
        "refuse" Refuse,
        /// Say so.
        "warn" Warn,
        /// Nothing.
        "off" Off,
    }
}

mapping! {
    /// Projected overage of the period. Written, it replaces the default as a whole.
    ExposureLimitSchema "Exposure", fn exposure_field(self, field, guards: &mut Guards) {
        /// What a plan adds.
        optional adds_at_most: MoneySchema => guards.added_exposure = self.money(field.value, field.what),
        /// What it comes to after a plan that adds to it. No limit where it is left out.
        optional at_most: MoneySchema => guards.exposure = self.money(field.value, field.what),
    }
}

mapping! {
    /// Exempts exactly these items from a guard, in the reviewed file, for a limited time.
    ApprovalSchema "Approval", fn approval(self, entry, field) -> Approval, "an approval" {
        /// The guard.
        required guard: ApprovableGuardSchema => {
            let guards = Guard::APPROVABLE.map(|guard| (guard.as_str(), guard));
            self.word_or(ProblemCode::UnknownGuard, field.value, "`guard` of an approval", &guards)
        },
        /// By cause, as the refusal names them: a user, a group, `group/user`, `user/role`, `user/product`,
        /// `group NAME`, `product NAME`,\
        /// `restriction PRODUCT COUNTRY`, `default COUNTRY`.
        #[schemars(length(min = 1))]
        required items: Vec<TextLineSchema> => self.approved_items(field.value),
        /// Why; shown in plans.
        required reason: TextLineSchema => self.one_line_text(field.value, field.what),
        /// The last day (UTC). After it the approval counts for nothing.
        required until: DateSchema => self.date(field.value, field.what),
    } => Approval { guard, items, reason, until, place: self.place(entry) }
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "ApprovableGuard")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
enum ApprovableGuardSchema {
    /// Removals of people.
    Users,
    /// Removals of groups.
    Groups,
    /// Removals of memberships.
    Memberships,
    /// Removals of roles.
    Roles,
    /// Removals of assignments.
    Assignments,
    /// Removals from group lists.
    AllowLists,
    /// Members that one group loses.
    OneGroup,
    /// People who lose access.
    LosesAccess,
    /// People who gain access.
    GainsAccess,
    /// People whose account is locked.
    AccountLocks,
    /// Named licences beyond what is owned.
    Licences,
    /// Projected overage.
    Exposure,
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `guard` into `guards`. A guard that is absent or wrong keeps its default.
    pub(super) fn decode_guards(&mut self, field: KnownField<'a>, guards: &mut Guards) {
        self.each_field(field.value, field.what, |decoder, field| decoder.guard_field(field, guards));
    }

    fn decode_removals(&mut self, field: KnownField<'a>, guards: &mut Guards) {
        if is_off(field.value) {
            guards.removals.values_mut().for_each(|limit| *limit = None);
            return;
        }
        self.each_field(field.value, field.what, |decoder, field| decoder.removal_field(field, guards));
    }

    fn removal_limit(&mut self, field: KnownField<'a>, removal: RemovalRelation, guards: &mut Guards) {
        self.limit_into(field, guards.removals.entry(removal).or_insert(None));
    }

    /// Decodes a limit or `off`. A limit that is written replaces the default as a whole, except that the
    /// default floor stays where no floor is written.
    fn limit_into(&mut self, field: KnownField<'a>, into: &mut Option<GuardLimit>) {
        let floor = into.map_or(GuardLimit::FLOOR, |limit| limit.floor);
        self.switch_into(field.value, into, |decoder, view| decoder.limit(view, field.what, floor));
    }

    fn decode_exposure(&mut self, field: KnownField<'a>, guards: &mut Guards) {
        let mut written = Guards { added_exposure: None, exposure: None, ..Guards::default() };
        if !is_off(field.value) {
            let problems = self.problems.len();
            self.each_field(field.value, field.what, |decoder, field| {
                decoder.exposure_field(field, &mut written)
            });
            if self.problems.len() > problems {
                return;
            }
            if written.added_exposure.is_none() && written.exposure.is_none() {
                self.report_problem(
                    ProblemCode::EmptyLimit,
                    field.value,
                    "`exposure` limits nothing".to_owned(),
                    "give `adds_at_most`, `at_most` or both, or write `off`",
                );
                return;
            }
        }
        (guards.added_exposure, guards.exposure) = (written.added_exposure, written.exposure);
    }

    fn limit(&mut self, view: YamlNodeRef<'a>, what: &str, floor: u32) -> Option<GuardLimit> {
        let mut limit = GuardLimit { floor, count: None, share: None };
        let problems = self.problems.len();
        self.each_field(view, what, |decoder, field| decoder.limit_field(field, &mut limit));
        if self.problems.len() > problems {
            return None;
        }
        if limit.count.is_none() && limit.share.is_none() {
            self.report_problem(
                ProblemCode::EmptyLimit,
                view,
                format!("{what} limits nothing"),
                "give a `count`, a `share` or both, or write `off`",
            );
            return None;
        }
        Some(limit)
    }

    /// Decodes a value or `off`. Where it cannot be read, the default stays.
    fn switch_into<T>(
        &mut self,
        view: YamlNodeRef<'a>,
        into: &mut Option<T>,
        read: impl FnOnce(&mut Self, YamlNodeRef<'a>) -> Option<T>,
    ) {
        if is_off(view) {
            *into = None;
        } else if let Some(value) = read(self, view) {
            *into = Some(value);
        }
    }

    fn approved_items(&mut self, view: YamlNodeRef<'a>) -> Option<BTreeSet<Text>> {
        let items = self.items(view, "`items`")?;
        if items.is_empty() {
            self.report_problem(
                ProblemCode::EmptyItems,
                view,
                "an approval without items approves nothing",
                "name them as the refusal does, or remove the approval",
            );
        }
        Some(items.filter_map(|item| self.one_line_text(item, "an item")).collect())
    }
}

fn is_off(view: YamlNodeRef<'_>) -> bool {
    matches!(view.shape(), YamlShape::Scalar("off", _))
}
