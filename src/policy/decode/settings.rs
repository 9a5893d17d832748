//! Decodes `seatwise.yaml`, except `guard`, `approvals`, `audit` and `usage`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PolicyPlace;
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{
    Approval, AuditSettings, Connector, Guards, IgnoreEntry, IgnoreTarget, ManageMode, NamePattern, Relation,
    Settings,
};
use super::super::suggest::nearest_name;
use super::super::yaml::{YamlNodeRef, YamlShape};
use super::{MappingField, PolicyDecoder, fields, quoted_list};
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
    connector: Option<Connector>,
    manage: BTreeMap<Relation, ManageMode>,
    manage_places: BTreeMap<Relation, PolicyPlace>,
    ignore: Vec<IgnoreEntry>,
    guards: Guards,
    approvals: Vec<Approval>,
    audit: AuditSettings,
    usage: crate::usage::UsageSettings,
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

impl<'a> PolicyDecoder<'a> {
    /// Decodes the whole file; `None` where the version, the organization or the connector cannot be read.
    pub(super) fn settings(&mut self, root: YamlNodeRef<'a>) -> Option<Settings> {
        let mut draft = SettingsDraft::default();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut fields = self.fields(root, "`seatwise.yaml`");
        while let Some(field) = fields.next(self) {
            seen.insert(field.name);
            match field.name {
                "version" => draft.version = self.check_version(field.value),
                "organization" => draft.organization = self.organization(field.value),
                "connector" => draft.connector = self.connector(field.value),
                "manage" => self.decode_manage(field.value, &mut draft),
                "guard" => self.decode_guards(field.value, &mut draft.guards),
                "approvals" => draft.approvals = self.approvals(field.value),
                "audit" => draft.audit = self.audit(field.value),
                "usage" => draft.usage = self.usage(field.value),
                _ => self.report_unknown_setting(field, fields::SETTINGS),
            }
        }
        if matches!(root.shape(), YamlShape::Mapping(_)) {
            let needed = ["version", "organization", "connector"].map(|field| (field, seen.contains(field)));
            self.report_missing_fields(root, "`seatwise.yaml`", &needed);
        }
        let SettingsDraft {
            version,
            organization,
            connector,
            manage,
            manage_places,
            ignore,
            guards,
            approvals,
            audit,
            usage,
        } = draft;
        let (Some(organization), Some(connector), true) = (organization, connector, version) else {
            return None;
        };
        Some(Settings {
            organization,
            connector,
            manage,
            manage_places,
            ignore,
            guards,
            approvals,
            audit,
            usage,
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
        let (word, _) = self.scalar(view, "`organization`", "a name")?;
        crate::model::GroupName::parse(word, self.names)
            .map_err(|error| self.report_bad_name(view, word, error))
            .ok()
            .map(|_| self.names.text(word))
    }

    fn connector(&mut self, view: YamlNodeRef<'a>) -> Option<Connector> {
        let (mut kind, mut path) = (None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(view, "`connector`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "kind" => {
                    kind = self.word(
                        field.value,
                        "`kind` of a connector",
                        ProblemCode::UnknownConnector,
                        &CONNECTORS,
                    )
                }
                "path" => path = Some(field),
                _ => self.report_unknown_setting(field, fields::CONNECTOR),
            }
        }
        match (kind, path) {
            (Some(ConnectorKind::Http), None) if self.problems.len() == problems => {
                return Some(Connector::Http);
            }
            (Some(ConnectorKind::Scim), None) if self.problems.len() == problems => {
                return Some(Connector::Scim);
            }
            (Some(ConnectorKind::Http | ConnectorKind::Scim), Some(path)) => {
                self.report_unknown_field(path, fields::SERVICE_CONNECTOR)
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

    /// Decodes a path that stays inside the policy's folder.
    pub(super) fn inside_path(&mut self, view: YamlNodeRef<'a>, what: &str, example: &str) -> Option<Text> {
        let path = self.one_line_text(view, what)?;
        let drive = path.as_bytes().get(1) == Some(&b':');
        let inside = !path.starts_with('/')
            && !drive
            && !path.contains('\\')
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !inside {
            let message = format!("`{path}` does not stay inside the policy's folder");
            let help = format!("a relative path with `/`, without `.` and `..`, such as `{example}`");
            self.report_problem(ProblemCode::ConnectorPath, view, message, &help);
        }
        inside.then_some(path)
    }

    fn decode_manage(&mut self, view: YamlNodeRef<'a>, draft: &mut SettingsDraft) {
        let mut fields = self.fields(view, "`manage`");
        while let Some(field) = fields.next(self) {
            match (field.name, Relation::ALL.into_iter().find(|relation| relation.as_str() == field.name)) {
                ("ignore", _) => draft.ignore = self.ignore_entries(field.value),
                (_, Some(relation)) => {
                    let modes = [
                        ("exact", ManageMode::Exact),
                        ("declared", ManageMode::Declared),
                        ("observe", ManageMode::Observe),
                    ];
                    if let Some(mode) = self.word(
                        field.value,
                        &format!("the mode of `{}`", field.name),
                        ProblemCode::UnknownMode,
                        &modes,
                    ) {
                        draft.manage.insert(relation, mode);
                        draft.manage_places.insert(relation, self.place(field.value));
                    }
                }
                (name, None) => {
                    let problem = Problem::new(
                        ProblemCode::UnknownRelation,
                        self.place(field.key),
                        format!("there is no relation `{name}`"),
                    );
                    let problem = match nearest_name(name, fields::MANAGE.iter().copied()) {
                        Some(near) => problem.did_you_mean(Some(near)),
                        None => problem.help(format!(
                            "the relations are {}",
                            quoted_list(&Relation::ALL.map(Relation::as_str))
                        )),
                    };
                    self.report(problem);
                }
            }
        }
    }

    fn ignore_entries(&mut self, view: YamlNodeRef<'a>) -> Vec<IgnoreEntry> {
        let mut ignore = Vec::new();
        for item in self.items(view, "`ignore`").into_iter().flatten() {
            let (before, problems) = (ignore.len(), self.problems.len());
            let mut fields = self.fields(item, "an entry of `ignore`");
            while let Some(field) = fields.next(self) {
                match field.name {
                    "users" => ignore.extend(self.ignore_entry(field.value, IgnoreTarget::Users)),
                    "groups" => ignore.extend(self.ignore_entry(field.value, IgnoreTarget::Groups)),
                    _ => self.report_unknown_field(field, fields::IGNORE),
                }
            }
            if ignore.len() == before && self.problems.len() == problems {
                self.report_missing_fields(item, "an entry of `ignore`", &[("users", false)]);
            }
        }
        ignore
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
