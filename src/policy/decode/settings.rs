//! Decodes `seatwise.yaml`, except `guard`, `approvals`, `audit`, `usage` and `keep`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PolicyPlace;
use super::super::own_place::PlaceFlaw;
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{
    Approval, AuditSettings, Connector, Guards, IgnoreEntry, IgnoreTarget, KeepTimes, ManageMode,
    NamePattern, Relation, Settings,
};
use super::super::yaml::{YamlNodeRef, YamlShape};
use super::audit::AuditSettingsSchema;
use super::guards::{ApprovalSchema, GuardsSchema};
use super::keep::KeepSchema;
use super::usage::UsageSettingsSchema;
use super::values::{NameSchema, TextLineSchema};
use super::{KnownField, MappingField, PolicyDecoder, quoted_list};
use crate::model::Text;

/// Names that people may try as settings, although a policy must not hold what they stand for.
const SECRETS: [&str; 24] = [
    "url",
    "base_url",
    "endpoint",
    "address",
    "host",
    "server",
    "port",
    "proxy",
    "token",
    "access_token",
    "api_key",
    "key",
    "password",
    "secret",
    "client_id",
    "client_secret",
    "credential",
    "credentials",
    "auth",
    "authorization",
    "username",
    "command",
    "exec",
    "run",
];

/// The fields of `seatwise.yaml` that are decoded so far.
#[derive(Default)]
struct SettingsDraft {
    version: bool,
    organization: Option<Text>,
    organization_id: Option<Text>,
    connector: Option<Connector>,
    manage: BTreeMap<Relation, ManageMode>,
    manage_places: BTreeMap<Relation, PolicyPlace>,
    ignore: Vec<IgnoreEntry>,
    guards: Guards,
    approvals: Vec<Approval>,
    audit: AuditSettings,
    usage: crate::usage::UsageSettings,
    keep: KeepTimes,
}

mapping! {
    /// The settings of a seatwise policy: which organization, what the policy governs, and how much a plan
    /// may do.\
    /// Addresses and credentials do not belong here.
    #[schemars(title = "seatwise settings")]
    SettingsSchema "Settings", fn settings_field(self, field, draft: &mut SettingsDraft) {
        /// The version of the policy language.
        #[schemars(extend("const" = 1))]
        required version: u32 => draft.version = self.check_version(field.value),
        /// The organization's name; connection settings are keyed by it.
        required organization: NameSchema => draft.organization = self.organization(field.value),
        /// What the service that answers says its name is, where that is another than `organization`. A
        /// service that says anything else is refused before anything is compared.
        optional organization_id: NameSchema => draft.organization_id = self.organization(field.value),
        /// How the live organization is reached.
        required connector: ConnectorSchema => draft.connector = self.connector(field.value),
        /// How much of each relation the policy governs.
        optional manage: ManageSchema =>
            self.each_field(field.value, field.what, |decoder, field| decoder.manage_field(field, draft)),
        /// Limits on plans. Every one has a default; `off` is allowed, and a finding of the audit.
        optional guard: GuardsSchema => self.decode_guards(field, &mut draft.guards),
        /// Exempts exactly these items from a guard, until a day.
        optional approvals: Vec<ApprovalSchema> => draft.approvals = self.list(field, Self::approval),
        /// What the audit needs to know of the firm.
        optional audit: AuditSettingsSchema => draft.audit = self.audit(field),
        /// How use is counted and charged.
        optional usage: UsageSettingsSchema => draft.usage = self.usage(field),
        /// How long what seatwise keeps of its own is kept.
        optional keep: KeepSchema => draft.keep = self.keep(field),
        _ => self.report_unknown_setting(field, SettingsSchema::FIELDS),
    }
}

one_of! {
    /// How the live organization is reached.
    ConnectorSchema "Connector" {
        "sandbox" Sandbox(SandboxConnectorSchema),
        "http" Http(HttpConnectorSchema),
        "scim" Scim(ScimConnectorSchema),
    }
}

/// The words that `kind` of a connector can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectorKind {
    Sandbox,
    Http,
    Scim,
}

const CONNECTORS: [(&str, ConnectorKind); 3] =
    [("sandbox", ConnectorKind::Sandbox), ("http", ConnectorKind::Http), ("scim", ConnectorKind::Scim)];

/// The fields of a connector that are decoded so far.
#[derive(Default)]
struct ConnectorDraft<'a> {
    kind: Option<ConnectorKind>,
    path: Option<MappingField<'a>>,
}

mapping! {
    /// The embedded organization, in one file.
    SandboxConnectorSchema "Sandbox", fn connector_field(self, field, draft: &mut ConnectorDraft<'a>) {
        /// The kind of connector.
        #[schemars(extend("const" = "sandbox"))]
        required kind: String => {
            let code = ProblemCode::UnknownConnector;
            draft.kind = self.word_or(code, field.value, "`kind` of a connector", &CONNECTORS);
        },
        /// The organization's file, below the policy's folder: `.seatwise/acme.db`.
        required path: TextLineSchema => draft.path = Some(field.field),
        _ => self.report_unknown_setting(field, SandboxConnectorSchema::FIELDS),
    }
}

mapping! {
    /// The organization API. Its address and what is shown there come from flags, `SEATWISE_*` variables or
    /// your own connections file.
    HttpConnectorSchema "Http" {
        /// The kind of connector.
        #[schemars(extend("const" = "http"))]
        required kind: String,
    }
}

mapping! {
    /// A SCIM 2.0 service. Its address and what is shown there come from flags, `SEATWISE_*` variables or
    /// your own connections file.
    ScimConnectorSchema "Scim" {
        /// The kind of connector.
        #[schemars(extend("const" = "scim"))]
        required kind: String,
    }
}

mapping! {
    /// One mode for each relation; `declared` where it is left out.
    ManageSchema "Manage", fn manage_field(self, field, draft: &mut SettingsDraft) {
        /// People, their profile and state.
        optional users: ManageModeSchema => self.decode_mode(field, Relation::Users, draft),
        /// Groups, their facts and lists.
        optional groups: ManageModeSchema => self.decode_mode(field, Relation::Groups, draft),
        /// Who is in which group.
        optional memberships: ManageModeSchema => self.decode_mode(field, Relation::Memberships, draft),
        /// Who has which role.
        optional roles: ManageModeSchema => self.decode_mode(field, Relation::Roles, draft),
        /// Products assigned or denied to users by name, and named licences.
        optional assignments: ManageModeSchema => self.decode_mode(field, Relation::Assignments, draft),
        /// Country defaults and who may use a product.
        optional restrictions: ManageModeSchema => self.decode_mode(field, Relation::Restrictions, draft),
        /// Alert thresholds.
        optional alerts: ManageModeSchema => self.decode_mode(field, Relation::Alerts, draft),
        /// Fulfilment contacts.
        optional contacts: ManageModeSchema => self.decode_mode(field, Relation::Contacts, draft),
        /// Neither added, changed nor removed. An entry that matches nothing is a finding.
        optional ignore: Vec<IgnoreEntrySchema> => self.decode_ignore(field, &mut draft.ignore),
        _ => self.report_unknown_relation(field),
    }
}

words! {
    ManageModeSchema "Mode" of ManageMode {
        /// The policy is the whole truth.
        "exact" Exact,
        /// What is not declared is left alone.
        "declared" Declared,
        /// Differences are shown, never written.
        "observe" Observe,
    }
}

mapping! {
    /// A pattern: `*` stands for any text.
    IgnoreEntrySchema "Ignore", fn ignore_field(self, field, ignore: &mut Vec<IgnoreEntry>) {
        /// Over addresses: `*@partner.example`.
        optional users: TextLineSchema => ignore.extend(self.ignore_entry(field.value, IgnoreTarget::Users)),
        /// Over group names: `legacy-*`.
        optional groups: TextLineSchema =>
            ignore.extend(self.ignore_entry(field.value, IgnoreTarget::Groups)),
    }
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes the whole file; `None` where the version, the organization or the connector cannot be read.
    pub(super) fn settings(&mut self, root: YamlNodeRef<'a>) -> Option<Settings> {
        let mut draft = SettingsDraft::default();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        self.each_field(root, "`seatwise.yaml`", |decoder, field| {
            seen.insert(field.name);
            decoder.settings_field(field, &mut draft);
        });
        if matches!(root.shape(), YamlShape::Mapping(_)) {
            let needed = ["version", "organization", "connector"].map(|field| (field, seen.contains(field)));
            self.report_missing_fields(root, "`seatwise.yaml`", &needed);
        }
        let (true, Some(organization), Some(connector)) =
            (draft.version, draft.organization, draft.connector)
        else {
            return None;
        };
        Some(Settings {
            organization,
            organization_id: draft.organization_id,
            connector,
            manage: draft.manage,
            manage_places: draft.manage_places,
            ignore: draft.ignore,
            guards: draft.guards,
            approvals: draft.approvals,
            audit: draft.audit,
            usage: draft.usage,
            keep: draft.keep,
        })
    }

    /// Reports a setting that does not exist. A name that stands for a secret or an address is a problem of
    /// its own kind.
    pub(super) fn report_unknown_setting(&mut self, field: MappingField<'a>, known: &[&str]) {
        if !SECRETS.contains(&field.name.to_lowercase().replace('-', "_").as_str()) {
            return self.report_unknown_field(field, known);
        }
        let message = format!(
            "`{}` does not belong in a policy: a pull request must not be able to run code or send a token \
                elsewhere",
            field.name
        );
        let help = "addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own \
            configuration file";
        self.report_problem(ProblemCode::SecretInPolicy, field.key, message, help);
    }

    fn check_version(&mut self, view: YamlNodeRef<'a>) -> bool {
        let Some((word, _)) = self.scalar(view, "`version`", "1") else { return false };
        if word != "1" {
            self.report_problem(
                ProblemCode::BadVersion,
                view,
                format!("version `{word}` of the language is not known"),
                "this seatwise reads `version: 1`",
            );
        }
        word == "1"
    }

    fn organization(&mut self, view: YamlNodeRef<'a>) -> Option<Text> {
        let (word, _) = self.scalar(view, "the organization", "a name")?;
        crate::model::GroupName::parse(word, self.names)
            .map_err(|error| self.report_bad_name(view, word, error))
            .ok()
            .map(|_| self.names.text(word))
    }

    fn connector(&mut self, view: YamlNodeRef<'a>) -> Option<Connector> {
        let problems = self.problems.len();
        let mut draft = ConnectorDraft::default();
        self.each_field(view, "`connector`", |decoder, field| decoder.connector_field(field, &mut draft));
        let ConnectorDraft { kind, path } = draft;
        match (kind, path) {
            (Some(ConnectorKind::Http), None) if self.problems.len() == problems => {
                return Some(Connector::Http);
            }
            (Some(ConnectorKind::Scim), None) if self.problems.len() == problems => {
                return Some(Connector::Scim);
            }
            (Some(ConnectorKind::Http), Some(path)) => {
                self.report_unknown_field(path, HttpConnectorSchema::FIELDS)
            }
            (Some(ConnectorKind::Scim), Some(path)) => {
                self.report_unknown_field(path, ScimConnectorSchema::FIELDS)
            }
            (Some(ConnectorKind::Sandbox) | None, Some(path)) => {
                let path = self.inside_path(path.value, "`path`", ".seatwise/acme.db");
                if self.problems.len() == problems {
                    self.report_missing_fields(view, "`connector`", &[("kind", kind.is_some())]);
                    return path.filter(|_| kind.is_some()).map(|path| Connector::Sandbox { path });
                }
            }
            _ if self.problems.len() > problems => {}
            (
                kind @ (Some(ConnectorKind::Http | ConnectorKind::Scim | ConnectorKind::Sandbox) | None),
                path,
            ) => self.report_missing_fields(
                view,
                "`connector`",
                &[("kind", kind.is_some()), ("path", path.is_some())],
            ),
        }
        None
    }

    /// Decodes a path below the policy's folder at which something may be written.
    pub(super) fn inside_path(&mut self, view: YamlNodeRef<'a>, what: &str, example: &str) -> Option<Text> {
        let path = self.one_line_text(view, what)?;
        let Some(flaw) = PlaceFlaw::of_path(&path) else { return Some(path) };
        let help = format!("a relative path with `/`, without `.` and `..`, such as `{example}`");
        self.report_problem(ProblemCode::ConnectorPath, view, format!("`{path}` {}", flaw.words()), &help);
        None
    }

    fn decode_mode(&mut self, field: KnownField<'a>, relation: Relation, draft: &mut SettingsDraft) {
        let what = format!("the mode of {}", field.what);
        let mode = self.word_or(ProblemCode::UnknownMode, field.value, &what, ManageModeSchema::WORDS);
        if let Some(mode) = mode {
            draft.manage.insert(relation, mode);
            draft.manage_places.insert(relation, self.place(field.value));
        }
    }

    fn report_unknown_relation(&mut self, field: MappingField<'a>) {
        let message = format!("there is no relation `{}`", field.name);
        let problem = Problem::new(ProblemCode::UnknownRelation, self.place(field.key), message);
        let help = format!("the relations are {}", quoted_list(&Relation::ALL.map(Relation::as_str)));
        self.report_none_of(problem, field.name, ManageSchema::FIELDS, help);
    }

    fn decode_ignore(&mut self, field: KnownField<'a>, ignore: &mut Vec<IgnoreEntry>) {
        for item in self.items(field.value, field.what).into_iter().flatten() {
            let (before, problems) = (ignore.len(), self.problems.len());
            let what = "an entry of `ignore`";
            self.each_field(item, what, |decoder, field| decoder.ignore_field(field, ignore));
            if ignore.len() == before && self.problems.len() == problems {
                self.report_missing_fields(item, what, &[("users", false)]);
            }
        }
    }

    fn ignore_entry(&mut self, view: YamlNodeRef<'a>, what: IgnoreTarget) -> Option<IgnoreEntry> {
        Some(IgnoreEntry { what, pattern: self.pattern(view, what)? })
    }

    /// Decodes a glob over addresses or group names.
    pub(super) fn pattern(&mut self, view: YamlNodeRef<'a>, what: IgnoreTarget) -> Option<NamePattern> {
        let text = self.one_line_text(view, "a pattern")?;
        // Addresses are compared in lower case.
        let compared = match what {
            IgnoreTarget::Users => text.to_lowercase(),
            IgnoreTarget::Groups => text.to_string(),
        };
        match globset::Glob::new(&compared) {
            Ok(glob) => Some(NamePattern { text, glob: glob.compile_matcher(), place: self.place(view) }),
            Err(error) => {
                self.report_problem(
                    ProblemCode::BadGlob,
                    view,
                    format!("`{text}` is no pattern: {}", error.kind()),
                    "`*` stands for any text, `?` for one character",
                );
                None
            }
        }
    }
}
