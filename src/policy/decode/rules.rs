//! `audit.rules` in `seatwise.yaml`: rules of the firm's own, and the tests beside them.

use std::collections::BTreeMap;

use super::super::condition::{Condition, Fact, Kind, Subject, Undecided};
use super::super::problem::{Code, Problem};
use super::super::settings::{OwnRule, Severity};
use super::super::suggest::near;
use super::super::yaml::View;
use super::{Decoder, fields, listed};
use crate::model::Text;

/// A case of a rule, and where it stands.
struct Case<'a> {
    given: BTreeMap<&'static str, Fact>,
    finds: bool,
    view: View<'a>,
}

#[derive(Default)]
struct Draft<'a> {
    id: Option<Text>,
    over: Option<Subject>,
    when: Option<View<'a>>,
    severity: Option<Severity>,
    title: Option<Text>,
    why: Option<Text>,
    fix: Option<Text>,
    tests: Option<View<'a>>,
}

impl<'a> Decoder<'a> {
    pub(super) fn own_rules(&mut self, view: View<'a>) -> Vec<OwnRule> {
        let mut rules: Vec<OwnRule> = Vec::new();
        for entry in self.items(view, "`rules` of the audit").into_iter().flatten() {
            let Some(rule) = self.own_rule(entry) else { continue };
            if let Some(first) = rules.iter().find(|known| known.id == rule.id) {
                let problem = Problem::new(
                    Code::DuplicateRule,
                    rule.place,
                    format!("there are two rules `{}`", rule.id),
                );
                self.report(problem.also(first.place, "first here"));
            }
            rules.push(rule);
        }
        rules
    }

    fn own_rule(&mut self, entry: View<'a>) -> Option<OwnRule> {
        let mut draft = Draft::default();
        let problems = self.problems.len();
        let mut fields = self.fields(entry, "an entry of `audit.rules`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "id" => draft.id = self.rule_id(field.value),
                "over" => {
                    let words = Subject::ALL.map(|subject| (subject.plural(), subject));
                    draft.over = self.word(field.value, "`over`", Code::UnknownWord, &words);
                }
                "when" => draft.when = Some(field.value),
                "severity" => {
                    let words = Severity::ALL.map(|severity| (severity.as_str(), severity));
                    draft.severity = self.word(field.value, "`severity`", Code::UnknownWord, &words);
                }
                "title" => draft.title = self.spoken(field.value, "`title`"),
                "why" => draft.why = self.spoken(field.value, "`why`"),
                "fix" => draft.fix = self.spoken(field.value, "`fix`"),
                "tests" => draft.tests = Some(field.value),
                _ => self.unknown_field(field, fields::OWN_RULE),
            }
        }
        match draft {
            Draft {
                id: Some(id),
                over: Some(over),
                when: Some(when),
                title: Some(title),
                tests: Some(tests),
                severity,
                why,
                fix,
            } => {
                let when = self.condition(when, over)?;
                self.hold_tests(tests, &when);
                let [why, fix] = [why, fix].map(Option::unwrap_or_default);
                Some(OwnRule {
                    id,
                    severity: severity.unwrap_or(Severity::Warning),
                    title,
                    why,
                    fix,
                    when,
                    place: self.place(entry),
                })
            }
            _ if self.problems.len() > problems => None,
            Draft { id, over, when, title, tests, .. } => {
                let needed = [
                    ("id", id.is_some()),
                    ("over", over.is_some()),
                    ("when", when.is_some()),
                    ("title", title.is_some()),
                    ("tests", tests.is_some()),
                ];
                self.needs(entry, "an entry of `audit.rules`", &needed);
                None
            }
        }
    }

    /// In a space of its own: no rule that is added to seatwise takes the name of a firm's.
    fn rule_id(&mut self, view: View<'a>) -> Option<Text> {
        let (word, _) = self.scalar(view, "`id` of a rule", "a text")?;
        let fits = (1..=60).contains(&word.len())
            && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !fits {
            let message =
                format!("`{}` is no id of a rule", word.chars().take(60).collect::<String>().escape_debug());
            self.problem(
                Code::BadName,
                view,
                message,
                "lower-case letters, digits and `-`, at most 60: `licence-manager-abroad`",
            );
        }
        fits.then(|| self.names.text(&format!("custom/{word}")))
    }

    fn condition(&mut self, view: View<'a>, over: Subject) -> Option<Condition> {
        let (source, _) = self.scalar(view, "`when`", "an expression")?;
        Condition::parse(source, over)
            .map_err(|flaw| self.problem(Code::BadCondition, view, flaw.message, &flaw.help))
            .ok()
    }

    /// Reports the tests that do not hold; there is one of each kind, as a test that nothing can fail is
    /// none.
    fn hold_tests(&mut self, view: View<'a>, when: &Condition) {
        let Some(items) = self.items(view, "`tests`") else { return };
        let problems = self.problems.len();
        let cases: Vec<_> = items.filter_map(|item| self.rule_test(item, when.subject())).collect();
        for Case { given, finds, view } in &cases {
            let came =
                when.holds(|field| given.get(field.name).cloned().unwrap_or_else(|| field.kind.nothing()));
            let message = match came {
                Ok(found) if found == *finds => continue,
                Ok(true) => "the rule finds this, and the test says it does not".to_owned(),
                Ok(false) => "the rule does not find this, and the test says it does".to_owned(),
                Err(Undecided(why)) => format!("the rule comes to no answer: {why}"),
            };
            self.problem(Code::FailedTest, *view, message, "mend `when`, or the test");
        }
        let of = |wanted: bool| cases.iter().any(|case| case.finds == wanted);
        if self.problems.len() == problems && !(of(true) && of(false)) {
            let message = if of(true) {
                "no test says what the rule leaves alone"
            } else {
                "no test says what the rule finds"
            };
            let help = format!("add `{{given: {{…}}, finds: {}}}`", !of(true));
            self.problem(Code::UntestedRule, view, message, &help);
        }
    }

    fn rule_test(&mut self, item: View<'a>, over: Subject) -> Option<Case<'a>> {
        let (mut given, mut finds) = (None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "a test");
        while let Some(field) = fields.next(self) {
            match field.name {
                "given" => given = Some(self.given(field.value, over)),
                "finds" => finds = self.flag(field.value, "`finds`"),
                _ => self.unknown_field(field, fields::RULE_TEST),
            }
        }
        if self.problems.len() > problems {
            return None;
        }
        let Some((given, finds)) = given.zip(finds) else {
            self.needs(item, "a test", &[("given", false), ("finds", finds.is_some())]);
            return None;
        };
        Some(Case { given, finds, view: item })
    }

    fn given(&mut self, view: View<'a>, over: Subject) -> BTreeMap<&'static str, Fact> {
        let mut given = BTreeMap::new();
        let mut fields = self.fields(view, "`given`");
        while let Some(field) = fields.next(self) {
            match over.field(field.name) {
                Some(known) => {
                    given.extend(
                        self.fact(field.value, &format!("`{}`", known.name), known.kind)
                            .map(|fact| (known.name, fact)),
                    );
                }
                None => {
                    let names: Vec<&str> = over.fields().iter().map(|field| field.name).collect();
                    let problem = Problem::new(
                        Code::UnknownField,
                        self.place(field.key),
                        format!("`{}` has no field `{}`", over.as_str(), field.name),
                    );
                    self.report(match near(field.name, names.iter().copied()) {
                        Some(near) => problem.did_you_mean(Some(near)),
                        None => problem.help(format!("it has {}", listed(&names))),
                    });
                }
            }
        }
        given
    }

    fn fact(&mut self, view: View<'a>, what: &str, kind: Kind) -> Option<Fact> {
        match kind {
            Kind::Text => self.text(view, what).map(|text| Fact::Text(text.to_string())),
            Kind::Number => self.number(view, what, 0).map(|number| Fact::Number(number.into())),
            Kind::Flag => self.flag(view, what).map(Fact::Flag),
            Kind::Texts => {
                let items: Vec<_> = self
                    .items(view, what)?
                    .map(|item| self.text(item, what).map(|text| text.to_string()))
                    .collect();
                items.into_iter().collect::<Option<_>>().map(Fact::Texts)
            }
        }
    }
}
