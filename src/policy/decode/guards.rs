//! Decodes `guard` and `approvals` of `seatwise.yaml`.

use std::collections::BTreeSet;

use super::super::problem::ProblemCode;
use super::super::settings::{Approval, Guard, GuardLimit, Guards, LicenceGuardAction, RemovalRelation};
use super::super::yaml::{YamlNodeRef, YamlShape};
use super::{PolicyDecoder, fields};
use crate::model::{Email, Text};

/// A value that may be `off`.
enum ValueOrOff<T> {
    Off,
    On(T),
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `guard` into `guards`. A guard that is absent or wrong keeps its default.
    pub(super) fn decode_guards(&mut self, view: YamlNodeRef<'a>, guards: &mut Guards) {
        let mut fields = self.fields(view, "`guard`");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "removals" => self.decode_removals(value, guards),
                "one_group" => self.limit_into(value, "`one_group`", &mut guards.one_group),
                "loses_access" => self.limit_into(value, "`loses_access`", &mut guards.loses_access),
                "gains_access" => self.limit_into(value, "`gains_access`", &mut guards.gains_access),
                "administrators" => {
                    let floor = self.single_field(
                        value,
                        "`administrators`",
                        fields::ADMINISTRATORS,
                        |decoder, value| decoder.number(value, "`at_least`", 0),
                    );
                    apply_switch(&mut guards.administrators, floor);
                }
                "protect" => guards.protect = self.protected_users(value),
                "licences" => {
                    let words = [
                        ("refuse", LicenceGuardAction::Refuse),
                        ("warn", LicenceGuardAction::Warn),
                        ("off", LicenceGuardAction::Off),
                    ];
                    guards.licences = self
                        .word(value, "`licences`", ProblemCode::UnknownWord, &words)
                        .unwrap_or(guards.licences);
                }
                "exposure" => {
                    let most = self.single_field(value, "`exposure`", fields::EXPOSURE, |decoder, value| {
                        decoder.money(value, "`at_most`")
                    });
                    apply_switch(&mut guards.exposure, most);
                }
                _ => self.report_unknown_setting(field, fields::GUARD),
            }
        }
    }

    fn decode_removals(&mut self, view: YamlNodeRef<'a>, guards: &mut Guards) {
        if is_off(view) {
            guards.removals.values_mut().for_each(|limit| *limit = None);
            return;
        }
        let mut fields = self.fields(view, "`removals`");
        while let Some(field) = fields.next(self) {
            match RemovalRelation::ALL.into_iter().find(|removal| removal.as_str() == field.name) {
                Some(removal) => {
                    let what = format!("`{}`", field.name);
                    self.limit_into(field.value, &what, guards.removals.entry(removal).or_insert(None));
                }
                None => self.report_unknown_field(field, fields::REMOVALS),
            }
        }
    }

    /// Decodes a limit or `off`. A limit that is written replaces the default as a whole, except that the
    /// default floor stays where no floor is written.
    fn limit_into(&mut self, view: YamlNodeRef<'a>, what: &str, into: &mut Option<GuardLimit>) {
        let floor = into.map_or(GuardLimit::FLOOR, |limit| limit.floor);
        let limit = if is_off(view) {
            Some(ValueOrOff::Off)
        } else {
            self.limit(view, what, floor).map(ValueOrOff::On)
        };
        apply_switch(into, limit);
    }

    fn limit(&mut self, view: YamlNodeRef<'a>, what: &str, floor: u32) -> Option<GuardLimit> {
        let mut limit = GuardLimit { floor, count: None, share: None };
        let problems = self.problems.len();
        let mut fields = self.fields(view, what);
        while let Some(field) = fields.next(self) {
            match field.name {
                "count" => limit.count = self.number(field.value, "`count`", 0),
                "share" => limit.share = self.share(field.value, "`share`"),
                "floor" => limit.floor = self.number(field.value, "`floor`", 0).unwrap_or(floor),
                _ => self.report_unknown_field(field, fields::LIMIT),
            }
        }
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

    /// Decodes a mapping with the one field in `known`, or `off`.
    fn single_field<T>(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
        known: [&str; 1],
        read: impl Fn(&mut Self, YamlNodeRef<'a>) -> Option<T>,
    ) -> Option<ValueOrOff<T>> {
        if is_off(view) {
            return Some(ValueOrOff::Off);
        }
        let problems = self.problems.len();
        let mut value = None;
        let mut fields = self.fields(view, what);
        while let Some(field) = fields.next(self) {
            if known.contains(&field.name) {
                value = read(self, field.value);
            } else {
                self.report_unknown_field(field, &known);
            }
        }
        if value.is_none() && self.problems.len() == problems {
            self.report_missing_fields(view, what, &known.map(|field| (field, false)));
        }
        value.map(ValueOrOff::On)
    }

    fn protected_users(&mut self, view: YamlNodeRef<'a>) -> BTreeSet<Email> {
        let items = self.items(view, "`protect`");
        items.into_iter().flatten().filter_map(|item| self.email(item, "an entry of `protect`")).collect()
    }

    /// Decodes `approvals`, without those that have problems.
    pub(super) fn approvals(&mut self, view: YamlNodeRef<'a>) -> Vec<Approval> {
        let items = self.items(view, "`approvals`");
        items.into_iter().flatten().filter_map(|item| self.approval(item)).collect()
    }

    fn approval(&mut self, item: YamlNodeRef<'a>) -> Option<Approval> {
        let (mut guard, mut items, mut reason, mut until) = (None, None, None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "an approval");
        while let Some(field) = fields.next(self) {
            match field.name {
                "guard" => {
                    let guards = Guard::APPROVABLE.map(|guard| (guard.as_str(), guard));
                    guard =
                        self.word(field.value, "`guard` of an approval", ProblemCode::UnknownGuard, &guards);
                }
                "items" => items = self.approved_items(field.value),
                "reason" => reason = self.one_line_text(field.value, "`reason`"),
                "until" => until = self.date(field.value, "`until`"),
                _ => self.report_unknown_field(field, fields::APPROVAL),
            }
        }
        match (guard, items, reason, until) {
            (Some(guard), Some(items), Some(reason), Some(until)) => {
                Some(Approval { guard, items, reason, until, place: self.place(item) })
            }
            _ if self.problems.len() > problems => None,
            (guard, items, reason, until) => {
                let fields = [
                    ("guard", guard.is_some()),
                    ("items", items.is_some()),
                    ("reason", reason.is_some()),
                    ("until", until.is_some()),
                ];
                self.report_missing_fields(item, "an approval", &fields);
                None
            }
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

fn apply_switch<T>(into: &mut Option<T>, switch: Option<ValueOrOff<T>>) {
    match switch {
        Some(ValueOrOff::Off) => *into = None,
        Some(ValueOrOff::On(value)) => *into = Some(value),
        // The problem is reported already; the default stays.
        None => {}
    }
}
