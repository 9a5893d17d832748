//! Decodes `audit` of `seatwise.yaml`.

use std::collections::BTreeSet;

use super::super::problem::ProblemCode;
use super::super::settings::{AcceptedFinding, AuditSettings, HeldReview, IgnoreTarget};
use super::super::yaml::YamlNodeRef;
use super::{PolicyDecoder, fields};
use crate::model::{RoleId, Text};

impl<'a> PolicyDecoder<'a> {
    /// Decodes `audit`. A setting that is absent or wrong keeps its default.
    pub(super) fn audit(&mut self, view: YamlNodeRef<'a>) -> AuditSettings {
        let mut audit = AuditSettings::default();
        let mut fields = self.fields(view, "`audit`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "inside" => audit.inside = self.domains(field.value),
                "separation" => audit.separation = self.separation(field.value),
                "ending_days" => {
                    audit.ending_days =
                        self.number(field.value, "`ending_days`", 1).unwrap_or(audit.ending_days)
                }
                "unused_days" => {
                    audit.unused_days =
                        self.number(field.value, "`unused_days`", 1).unwrap_or(audit.unused_days)
                }
                "ignore" => audit.accepted = self.accepted_findings(field.value),
                "rules" => audit.rules = self.own_rules(field.value),
                "reviews" => audit.reviews = self.reviews(field.value),
                _ => self.report_unknown_field(field, fields::AUDIT),
            }
        }
        audit
    }

    fn domains(&mut self, view: YamlNodeRef<'a>) -> BTreeSet<Text> {
        let items = self.items(view, "`inside`");
        items.into_iter().flatten().filter_map(|item| self.domain(item)).collect()
    }

    /// Decodes a domain: what follows the `@` in the firm's addresses, in lower case.
    fn domain(&mut self, item: YamlNodeRef<'a>) -> Option<Text> {
        let (word, _) = self.scalar(item, "a domain", "a domain")?;
        let domain = word.strip_prefix('@').unwrap_or(word).to_lowercase();
        if email_address::EmailAddress::is_valid(&format!("a@{domain}")) {
            return Some(self.names.text(&domain));
        }
        self.report_problem(
            ProblemCode::BadEmail,
            item,
            format!("`{}` is not a domain", word.escape_debug()),
            "write it as `acme.example`",
        );
        None
    }

    fn separation(&mut self, view: YamlNodeRef<'a>) -> Vec<(RoleId, RoleId)> {
        let items = self.items(view, "`separation`");
        items.into_iter().flatten().filter_map(|item| self.role_pair(item)).collect()
    }

    fn role_pair(&mut self, item: YamlNodeRef<'a>) -> Option<(RoleId, RoleId)> {
        let roles: Vec<Option<RoleId>> =
            self.items(item, "an entry of `separation`")?.map(|role| self.name(role, "a role")).collect();
        match <[Option<RoleId>; 2]>::try_from(roles) {
            Ok([one, other]) => one.zip(other),
            Err(_) => {
                self.report_problem(
                    ProblemCode::WrongType,
                    item,
                    "an entry of `separation` is a pair of roles",
                    "write it as `[co-administrator, license-manager]`",
                );
                None
            }
        }
    }

    fn accepted_findings(&mut self, view: YamlNodeRef<'a>) -> Vec<AcceptedFinding> {
        let items = self.items(view, "`ignore` of the audit");
        items.into_iter().flatten().filter_map(|item| self.accepted_finding(item)).collect()
    }

    fn accepted_finding(&mut self, entry: YamlNodeRef<'a>) -> Option<AcceptedFinding> {
        let (mut rule, mut item, mut reason, mut until) = (None, None, None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(entry, "an entry of `audit.ignore`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "rule" => rule = self.one_line_text(field.value, "`rule`"),
                "item" => item = self.one_line_text(field.value, "`item`"),
                "reason" => reason = self.one_line_text(field.value, "`reason`"),
                "until" => until = self.date(field.value, "`until`"),
                _ => self.report_unknown_field(field, fields::ACCEPTED),
            }
        }
        match (rule, reason, until) {
            (Some(rule), Some(reason), Some(until)) => {
                Some(AcceptedFinding { rule, item, reason, until, place: self.place(entry) })
            }
            _ if self.problems.len() > problems => None,
            (rule, reason, until) => {
                let fields =
                    [("rule", rule.is_some()), ("reason", reason.is_some()), ("until", until.is_some())];
                self.report_missing_fields(entry, "an entry of `audit.ignore`", &fields);
                None
            }
        }
    }

    fn reviews(&mut self, view: YamlNodeRef<'a>) -> Vec<HeldReview> {
        let items = self.items(view, "`reviews`");
        items.into_iter().flatten().filter_map(|item| self.review(item)).collect()
    }

    fn review(&mut self, entry: YamlNodeRef<'a>) -> Option<HeldReview> {
        let (mut users, mut on, mut by) = (None, None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(entry, "an entry of `audit.reviews`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "users" => users = self.pattern(field.value, IgnoreTarget::Users),
                "on" => on = self.date(field.value, "`on`"),
                "by" => by = self.one_line_text(field.value, "`by`"),
                _ => self.report_unknown_field(field, fields::REVIEW),
            }
        }
        match (users, on, by) {
            (Some(users), Some(on), Some(by)) => Some(HeldReview { users, on, by }),
            _ if self.problems.len() > problems => None,
            (users, on, by) => {
                let fields = [("users", users.is_some()), ("on", on.is_some()), ("by", by.is_some())];
                self.report_missing_fields(entry, "an entry of `audit.reviews`", &fields);
                None
            }
        }
    }
}
