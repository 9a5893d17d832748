//! `seatwise.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Place;
use super::super::problem::{Code, Problem};
use super::super::settings::{
    Approval, Audit, Connector, Guard, Guards, Ignore, Ignored, Licences, Limit, Mode, Pattern, Relation,
    Removal, Settings,
};
use super::super::suggest::near;
use super::super::yaml::{Shape, View};
use super::{Decoder, Field, fields, listed};
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
enum Switch<T> {
    Off,
    On(T),
}

#[derive(Default)]
struct Draft {
    version: bool,
    organization: Option<Text>,
    connector: Option<Connector>,
    manage: BTreeMap<Relation, Mode>,
    manage_places: BTreeMap<Relation, Place>,
    ignore: Vec<Ignore>,
    guards: Guards,
    approvals: Vec<Approval>,
    audit: Audit,
    usage: crate::usage::UsageSettings,
}

/// The kinds of connectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sandbox,
    Http,
    Scim,
}

const CONNECTORS: [(&str, Kind); 3] =
    [("sandbox", Kind::Sandbox), ("http", Kind::Http), ("scim", Kind::Scim)];

impl<'a> Decoder<'a> {
    pub(super) fn settings(&mut self, root: View<'a>) -> Option<Settings> {
        let mut draft = Draft::default();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut fields = self.fields(root, "`seatwise.yaml`");
        while let Some(field) = fields.next(self) {
            seen.insert(field.name);
            match field.name {
                "version" => draft.version = self.version(field.value),
                "organization" => draft.organization = self.organization(field.value),
                "connector" => draft.connector = self.connector(field.value),
                "manage" => self.manage(field.value, &mut draft),
                "guard" => self.guard(field.value, &mut draft.guards),
                "approvals" => draft.approvals = self.approvals(field.value),
                "audit" => draft.audit = self.audit(field.value),
                "usage" => draft.usage = self.usage(field.value),
                _ => self.unknown_setting(field, fields::SETTINGS),
            }
        }
        if matches!(root.shape(), Shape::Mapping(_)) {
            let needed = ["version", "organization", "connector"].map(|field| (field, seen.contains(field)));
            self.needs(root, "`seatwise.yaml`", &needed);
        }
        let Draft {
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

    fn unknown_setting(&mut self, field: Field<'a>, known: &[&str]) {
        if !SECRETS.contains(&field.name.to_lowercase().replace('-', "_").as_str()) {
            return self.unknown_field(field, known);
        }
        let message = format!(
            "`{}` does not belong in a policy: a pull request must not be able to run code or send a token \
                elsewhere",
            field.name
        );
        let help = "addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own \
            configuration file";
        self.problem(Code::SecretInPolicy, field.key, message, help);
    }

    fn version(&mut self, view: View<'a>) -> bool {
        let Some((word, _)) = self.scalar(view, "`version`", "1") else { return false };
        if word != "1" {
            self.problem(
                Code::BadVersion,
                view,
                format!("version `{word}` of the language is not known"),
                "this seatwise reads `version: 1`",
            );
        }
        word == "1"
    }

    fn organization(&mut self, view: View<'a>) -> Option<Text> {
        let (word, _) = self.scalar(view, "`organization`", "a name")?;
        crate::model::GroupName::parse(word, self.names)
            .map_err(|error| self.bad_name(view, word, error))
            .ok()
            .map(|_| self.names.text(word))
    }

    fn connector(&mut self, view: View<'a>) -> Option<Connector> {
        let (mut kind, mut path) = (None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(view, "`connector`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "kind" => {
                    kind =
                        self.word(field.value, "`kind` of a connector", Code::UnknownConnector, &CONNECTORS)
                }
                "path" => path = Some(field),
                _ => self.unknown_setting(field, fields::CONNECTOR),
            }
        }
        match (kind, path) {
            (Some(Kind::Http), None) if self.problems.len() == problems => return Some(Connector::Http),
            (Some(Kind::Scim), None) if self.problems.len() == problems => return Some(Connector::Scim),
            (Some(Kind::Http | Kind::Scim), Some(path)) => {
                self.unknown_field(path, fields::SERVICE_CONNECTOR)
            }
            (Some(Kind::Sandbox) | None, Some(path)) => {
                let path = self.inside_path(path.value, "`path`", ".seatwise/acme.db");
                if self.problems.len() == problems {
                    self.needs(view, "`connector`", &[("kind", kind.is_some())]);
                    return path.filter(|_| kind.is_some()).map(|path| Connector::Sandbox { path });
                }
            }
            _ if self.problems.len() > problems => {}
            (kind, path) => {
                self.needs(view, "`connector`", &[("kind", kind.is_some()), ("path", path.is_some())])
            }
        }
        None
    }

    /// A path that stays inside the policy's folder.
    pub(super) fn inside_path(&mut self, view: View<'a>, what: &str, example: &str) -> Option<Text> {
        let path = self.spoken(view, what)?;
        let drive = path.as_bytes().get(1) == Some(&b':');
        let inside = !path.starts_with('/')
            && !drive
            && !path.contains('\\')
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !inside {
            let message = format!("`{path}` does not stay inside the policy's folder");
            let help = format!("a relative path with `/`, without `.` and `..`, such as `{example}`");
            self.problem(Code::ConnectorPath, view, message, &help);
        }
        inside.then_some(path)
    }

    fn manage(&mut self, view: View<'a>, draft: &mut Draft) {
        let mut fields = self.fields(view, "`manage`");
        while let Some(field) = fields.next(self) {
            match (field.name, Relation::ALL.into_iter().find(|relation| relation.as_str() == field.name)) {
                ("ignore", _) => draft.ignore = self.ignore(field.value),
                (_, Some(relation)) => {
                    let modes =
                        [("exact", Mode::Exact), ("declared", Mode::Declared), ("observe", Mode::Observe)];
                    if let Some(mode) = self.word(
                        field.value,
                        &format!("the mode of `{}`", field.name),
                        Code::UnknownMode,
                        &modes,
                    ) {
                        draft.manage.insert(relation, mode);
                        draft.manage_places.insert(relation, self.place(field.value));
                    }
                }
                (name, None) => {
                    let problem = Problem::new(
                        Code::UnknownRelation,
                        self.place(field.key),
                        format!("there is no relation `{name}`"),
                    );
                    let problem = match near(name, fields::MANAGE.iter().copied()) {
                        Some(near) => problem.did_you_mean(Some(near)),
                        None => problem.help(format!(
                            "the relations are {}",
                            listed(&Relation::ALL.map(Relation::as_str))
                        )),
                    };
                    self.report(problem);
                }
            }
        }
    }

    fn ignore(&mut self, view: View<'a>) -> Vec<Ignore> {
        let mut ignore = Vec::new();
        for item in self.items(view, "`ignore`").into_iter().flatten() {
            let (before, problems) = (ignore.len(), self.problems.len());
            let mut fields = self.fields(item, "an entry of `ignore`");
            while let Some(field) = fields.next(self) {
                match field.name {
                    "users" => ignore.extend(self.ignored(field.value, Ignored::Users)),
                    "groups" => ignore.extend(self.ignored(field.value, Ignored::Groups)),
                    _ => self.unknown_field(field, fields::IGNORE),
                }
            }
            if ignore.len() == before && self.problems.len() == problems {
                self.needs(item, "an entry of `ignore`", &[("users", false)]);
            }
        }
        ignore
    }

    fn ignored(&mut self, view: View<'a>, what: Ignored) -> Option<Ignore> {
        Some(Ignore { what, pattern: self.pattern(view, what)? })
    }

    pub(super) fn pattern(&mut self, view: View<'a>, what: Ignored) -> Option<Pattern> {
        let text = self.spoken(view, "a pattern")?;
        // Addresses are compared in lower case.
        let compared = match what {
            Ignored::Users => text.to_lowercase(),
            Ignored::Groups => text.to_string(),
        };
        match globset::Glob::new(&compared) {
            Ok(glob) => Some(Pattern { text, glob: glob.compile_matcher(), place: self.place(view) }),
            Err(error) => {
                self.problem(
                    Code::BadGlob,
                    view,
                    format!("`{text}` is no pattern: {}", error.kind()),
                    "`*` stands for any text, `?` for one character",
                );
                None
            }
        }
    }

    fn guard(&mut self, view: View<'a>, guards: &mut Guards) {
        let mut fields = self.fields(view, "`guard`");
        while let Some(field) = fields.next(self) {
            let value = field.value;
            match field.name {
                "removals" => self.removals(value, guards),
                "one_group" => self.limit_into(value, "`one_group`", &mut guards.one_group),
                "loses_access" => self.limit_into(value, "`loses_access`", &mut guards.loses_access),
                "gains_access" => self.limit_into(value, "`gains_access`", &mut guards.gains_access),
                "administrators" => {
                    let floor =
                        self.single(value, "`administrators`", fields::ADMINISTRATORS, |decoder, value| {
                            decoder.number(value, "`at_least`", 0)
                        });
                    set(&mut guards.administrators, floor);
                }
                "protect" => guards.protect = self.protect(value),
                "licences" => {
                    let words =
                        [("refuse", Licences::Refuse), ("warn", Licences::Warn), ("off", Licences::Off)];
                    guards.licences =
                        self.word(value, "`licences`", Code::UnknownWord, &words).unwrap_or(guards.licences);
                }
                "exposure" => {
                    let most = self.single(value, "`exposure`", fields::EXPOSURE, |decoder, value| {
                        decoder.money(value, "`at_most`")
                    });
                    set(&mut guards.exposure, most);
                }
                _ => self.unknown_setting(field, fields::GUARD),
            }
        }
    }

    fn removals(&mut self, view: View<'a>, guards: &mut Guards) {
        if is_off(view) {
            guards.removals.values_mut().for_each(|limit| *limit = None);
            return;
        }
        let mut fields = self.fields(view, "`removals`");
        while let Some(field) = fields.next(self) {
            match Removal::ALL.into_iter().find(|removal| removal.as_str() == field.name) {
                Some(removal) => {
                    let what = format!("`{}`", field.name);
                    self.limit_into(field.value, &what, guards.removals.entry(removal).or_insert(None));
                }
                None => self.unknown_field(field, fields::REMOVALS),
            }
        }
    }

    /// A written limit replaces the default as a whole; only a floor that is not written stays.
    fn limit_into(&mut self, view: View<'a>, what: &str, into: &mut Option<Limit>) {
        let floor = into.map_or(Limit::FLOOR, |limit| limit.floor);
        let limit =
            if is_off(view) { Some(Switch::Off) } else { self.limit(view, what, floor).map(Switch::On) };
        set(into, limit);
    }

    fn limit(&mut self, view: View<'a>, what: &str, floor: u32) -> Option<Limit> {
        let mut limit = Limit { floor, count: None, share: None };
        let problems = self.problems.len();
        let mut fields = self.fields(view, what);
        while let Some(field) = fields.next(self) {
            match field.name {
                "count" => limit.count = self.number(field.value, "`count`", 0),
                "share" => limit.share = self.share(field.value, "`share`"),
                "floor" => limit.floor = self.number(field.value, "`floor`", 0).unwrap_or(floor),
                _ => self.unknown_field(field, fields::LIMIT),
            }
        }
        if self.problems.len() > problems {
            return None;
        }
        if limit.count.is_none() && limit.share.is_none() {
            self.problem(
                Code::EmptyLimit,
                view,
                format!("{what} limits nothing"),
                "give a `count`, a `share` or both, or write `off`",
            );
            return None;
        }
        Some(limit)
    }

    /// A mapping with the one field that `known` has, or `off`.
    fn single<T>(
        &mut self,
        view: View<'a>,
        what: &str,
        known: [&str; 1],
        read: impl Fn(&mut Self, View<'a>) -> Option<T>,
    ) -> Option<Switch<T>> {
        if is_off(view) {
            return Some(Switch::Off);
        }
        let problems = self.problems.len();
        let mut value = None;
        let mut fields = self.fields(view, what);
        while let Some(field) = fields.next(self) {
            if known.contains(&field.name) {
                value = read(self, field.value);
            } else {
                self.unknown_field(field, &known);
            }
        }
        if value.is_none() && self.problems.len() == problems {
            self.needs(view, what, &known.map(|field| (field, false)));
        }
        value.map(Switch::On)
    }

    fn protect(&mut self, view: View<'a>) -> BTreeSet<Email> {
        let items = self.items(view, "`protect`");
        items.into_iter().flatten().filter_map(|item| self.email(item, "an entry of `protect`")).collect()
    }

    fn approvals(&mut self, view: View<'a>) -> Vec<Approval> {
        let items = self.items(view, "`approvals`");
        items.into_iter().flatten().filter_map(|item| self.approval(item)).collect()
    }

    fn approval(&mut self, item: View<'a>) -> Option<Approval> {
        let (mut guard, mut items, mut reason, mut until) = (None, None, None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "an approval");
        while let Some(field) = fields.next(self) {
            match field.name {
                "guard" => {
                    let guards = Guard::APPROVABLE.map(|guard| (guard.as_str(), guard));
                    guard = self.word(field.value, "`guard` of an approval", Code::UnknownGuard, &guards);
                }
                "items" => items = self.approved(field.value),
                "reason" => reason = self.spoken(field.value, "`reason`"),
                "until" => until = self.date(field.value, "`until`"),
                _ => self.unknown_field(field, fields::APPROVAL),
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
                self.needs(item, "an approval", &fields);
                None
            }
        }
    }

    fn approved(&mut self, view: View<'a>) -> Option<BTreeSet<Text>> {
        let items = self.items(view, "`items`")?;
        if items.is_empty() {
            self.problem(
                Code::EmptyItems,
                view,
                "an approval without items approves nothing",
                "name them as the refusal does, or remove the approval",
            );
        }
        Some(items.filter_map(|item| self.spoken(item, "an item")).collect())
    }
}

fn is_off(view: View<'_>) -> bool {
    matches!(view.shape(), Shape::Scalar("off", _))
}

fn set<T>(into: &mut Option<T>, switch: Option<Switch<T>>) {
    match switch {
        Some(Switch::Off) => *into = None,
        Some(Switch::On(value)) => *into = Some(value),
        // What is wrong with it is reported; the default stays.
        None => {}
    }
}
