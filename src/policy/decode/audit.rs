//! Decodes `audit` of `seatwise.yaml`.

use super::super::problem::ProblemCode;
use super::super::settings::{AcceptedFinding, AuditSettings, HeldReview, IgnoreTarget};
use super::super::yaml::YamlNodeRef;
use super::rules::OwnRuleSchema;
use super::values::{DateSchema, NameSchema, TextLineSchema};
use super::{KnownField, PolicyDecoder, replace_if_some};
use crate::model::{RoleId, Text};

mapping! {
    /// What the audit needs to know of the firm.
    AuditSettingsSchema "Audit", fn audit_field(self, field, audit: &mut AuditSettings) {
        /// Domains of the firm's own people: `acme.example`. Others need an end date.
        optional inside: Vec<TextLineSchema> => audit.inside = self.list(field, Self::domain),
        /// Pairs of roles that one person shall not have together.
        optional separation: Vec<[NameSchema; 2]> => audit.separation = self.list(field, Self::role_pair),
        /// Grants that end within so many days are told of. 30 where it is left out.
        #[schemars(range(min = 1))]
        optional ending_days: u32 =>
            replace_if_some(&mut audit.ending_days, self.number(field.value, field.what, 1)),
        /// A named licence that was not used for so many days is told of. 90 where it is left out.
        #[schemars(range(min = 1))]
        optional unused_days: u32 =>
            replace_if_some(&mut audit.unused_days, self.number(field.value, field.what, 1)),
        /// Findings that are accepted, for a limited time.
        optional ignore: Vec<AcceptedFindingSchema> => {
            let field = KnownField { what: "`ignore` of the audit", ..field };
            audit.accepted = self.list(field, Self::accepted_finding);
        },
        /// Access reviews that were held: `seatwise review` says of each person when they were last looked
        /// at.
        optional reviews: Vec<HeldReviewSchema> => audit.reviews = self.list(field, Self::review),
        /// Rules of the firm's own.
        optional rules: Vec<OwnRuleSchema> => audit.rules = self.own_rules(field.value),
    }
}

mapping! {
    /// An access review that was held.
    HeldReviewSchema "Review", fn review(self, entry, field) -> HeldReview, "an entry of `audit.reviews`" {
        /// Whose access was looked at, by address; `*` stands for any text.
        required users: TextLineSchema => self.pattern(field.value, IgnoreTarget::Users),
        /// The day (UTC).
        required on: DateSchema => self.date(field.value, field.what),
        /// Who looked.
        required by: TextLineSchema => self.one_line_text(field.value, field.what),
    } => HeldReview { users, on, by }
}

mapping! {
    /// A finding that is accepted, in the reviewed file, for a limited time.
    AcceptedFindingSchema "Accepted", fn accepted_finding(self, entry, field) -> AcceptedFinding,
        "an entry of `audit.ignore`"
    {
        /// The rule, as `seatwise audit` names it.
        required rule: TextLineSchema => self.one_line_text(field.value, field.what),
        /// The one finding, as JSON and SARIF name its item; all of the rule where it is left out.
        optional item: TextLineSchema => self.one_line_text(field.value, field.what),
        /// Why it is accepted.
        required reason: TextLineSchema => self.one_line_text(field.value, field.what),
        /// The last day (UTC). After it the finding is back.
        required until: DateSchema => self.date(field.value, field.what),
    } => AcceptedFinding { rule, item, reason, until, place: self.place(entry) }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `audit`. A setting that is absent or wrong keeps its default.
    pub(super) fn audit(&mut self, field: KnownField<'a>) -> AuditSettings {
        let mut audit = AuditSettings::default();
        self.each_field(field.value, field.what, |decoder, field| decoder.audit_field(field, &mut audit));
        audit
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
}
