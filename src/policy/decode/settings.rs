//! `seatwise.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PolicyPlace;
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{
    Approval, AuditSettings, Connector, Guard, GuardLimit, Guards, IgnoreEntry, IgnoreTarget,
    LicenceGuardAction, ManageMode, NamePattern, Relation, RemovalRelation, Settings,
};
use super::super::suggest::nearest_name;
use super::super::yaml::{YamlNodeRef, YamlShape};
use super::{MappingField, PolicyDecoder, fields, quoted_list};
use crate::model::{Email, Text};

/// Words that somebody looks for here and must not find.
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

/// What may be off.
enum ValueOrOff<T> {
    Off,
    On(T),
}

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

/// The kinds of connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectorKind {
    Sandbox,
    Http,
    Scim,
}

const CONNECTORS: [(&str, ConnectorKind); 3] =
    [("sandbox", ConnectorKind::Sandbox), ("http", ConnectorKind::Http), ("scim", ConnectorKind::Scim)];

impl<'a> PolicyDecoder<'a> {
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

    fn report_unknown_setting(&mut self, field: MappingField<'a>, known: &[&str]) {
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
            (kind, path) => self.report_missing_fields(
                view,
                "`connector`",
                &[("kind", kind.is_some()), ("path", path.is_some())],
            ),
        }
        None
    }

    /// A path that stays inside the policy's folder.
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

    fn decode_guards(&mut self, view: YamlNodeRef<'a>, guards: &mut Guards) {
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

    /// A written limit replaces the default as a whole; only a floor that is not written stays.
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

    /// A mapping with the one field that `known` has, or `off`.
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

    fn approvals(&mut self, view: YamlNodeRef<'a>) -> Vec<Approval> {
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
        // What is wrong with it is reported; the default stays.
        None => {}
    }
}
