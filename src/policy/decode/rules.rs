//! Decodes `audit.rules` of `seatwise.yaml`: the firm's own rules, and the tests beside them.

use std::collections::BTreeMap;

use super::super::condition::{
    Condition, ConditionSubject, ConditionValue, ConditionValueType, UndecidedCondition,
};
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{OwnRule, Severity};
use super::super::suggest::nearest_name;
use super::super::yaml::YamlNodeRef;
use super::{PolicyDecoder, fields, quoted_list};
use crate::model::Text;

/// One entry of a rule's `tests`.
struct RuleTestCase<'a> {
    given: BTreeMap<&'static str, ConditionValue>,
    finds: bool,
    view: YamlNodeRef<'a>,
}

/// The fields of a rule that are decoded so far.
#[derive(Default)]
struct RuleDraft<'a> {
    id: Option<Text>,
    over: Option<ConditionSubject>,
    when: Option<YamlNodeRef<'a>>,
    severity: Option<Severity>,
    title: Option<Text>,
    why: Option<Text>,
    fix: Option<Text>,
    tests: Option<YamlNodeRef<'a>>,
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `audit.rules`. Two rules with the same id are a problem.
    pub(super) fn own_rules(&mut self, view: YamlNodeRef<'a>) -> Vec<OwnRule> {
        let mut rules: Vec<OwnRule> = Vec::new();
        for entry in self.items(view, "`rules` of the audit").into_iter().flatten() {
            let Some(rule) = self.own_rule(entry) else { continue };
            if let Some(first) = rules.iter().find(|known| known.id == rule.id) {
                let problem = Problem::new(
                    ProblemCode::DuplicateRule,
                    rule.place,
                    format!("there are two rules `{}`", rule.id),
                );
                self.report(problem.with_other_place(first.place, "first here"));
            }
            rules.push(rule);
        }
        rules
    }

    fn rule_draft(&mut self, entry: YamlNodeRef<'a>) -> RuleDraft<'a> {
        let mut draft = RuleDraft::default();
        let mut fields = self.fields(entry, "an entry of `audit.rules`");
        while let Some(field) = fields.next(self) {
            match field.name {
                "id" => draft.id = self.rule_id(field.value),
                "over" => {
                    let words = ConditionSubject::ALL.map(|subject| (subject.plural(), subject));
                    draft.over = self.word(field.value, "`over`", ProblemCode::UnknownWord, &words);
                }
                "when" => draft.when = Some(field.value),
                "severity" => {
                    let words = Severity::ALL.map(|severity| (severity.as_str(), severity));
                    draft.severity = self.word(field.value, "`severity`", ProblemCode::UnknownWord, &words);
                }
                "title" => draft.title = self.one_line_text(field.value, "`title`"),
                "why" => draft.why = self.one_line_text(field.value, "`why`"),
                "fix" => draft.fix = self.one_line_text(field.value, "`fix`"),
                "tests" => draft.tests = Some(field.value),
                _ => self.report_unknown_field(field, fields::OWN_RULE),
            }
        }
        draft
    }

    fn own_rule(&mut self, entry: YamlNodeRef<'a>) -> Option<OwnRule> {
        let problems = self.problems.len();
        match self.rule_draft(entry) {
            RuleDraft {
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
                self.judge_tests(tests, &when);
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
            RuleDraft { id, over, when, title, tests, .. } => {
                let needed = [
                    ("id", id.is_some()),
                    ("over", over.is_some()),
                    ("when", when.is_some()),
                    ("title", title.is_some()),
                    ("tests", tests.is_some()),
                ];
                self.report_missing_fields(entry, "an entry of `audit.rules`", &needed);
                None
            }
        }
    }

    /// Decodes the id of a rule. The prefix `custom/` keeps it apart from the ids of seatwise's own rules,
    /// including those added later.
    fn rule_id(&mut self, view: YamlNodeRef<'a>) -> Option<Text> {
        let (word, _) = self.scalar(view, "`id` of a rule", "a text")?;
        let fits = (1..=60).contains(&word.len())
            && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !fits {
            let message =
                format!("`{}` is no id of a rule", word.chars().take(60).collect::<String>().escape_debug());
            self.report_problem(
                ProblemCode::BadName,
                view,
                message,
                "lower-case letters, digits and `-`, at most 60: `licence-manager-abroad`",
            );
        }
        fits.then(|| self.names.text(&format!("custom/{word}")))
    }

    fn condition(&mut self, view: YamlNodeRef<'a>, over: ConditionSubject) -> Option<Condition> {
        let (source, _) = self.scalar(view, "`when`", "an expression")?;
        Condition::parse(source, over)
            .map_err(|flaw| self.report_problem(ProblemCode::BadCondition, view, flaw.message, &flaw.help))
            .ok()
    }

    /// Reports the tests that fail, and a rule whose tests all expect the same answer: a rule that always
    /// gives this answer would pass them.
    fn judge_tests(&mut self, view: YamlNodeRef<'a>, when: &Condition) {
        let Some(items) = self.items(view, "`tests`") else { return };
        let problems = self.problems.len();
        let cases: Vec<_> = items.filter_map(|item| self.rule_test(item, when.subject())).collect();
        for RuleTestCase { given, finds, view } in &cases {
            let outcome = when
                .holds(|field| given.get(field.name).cloned().unwrap_or_else(|| field.kind.empty_value()));
            let message = match outcome {
                Ok(found) if found == *finds => continue,
                Ok(true) => "the rule finds this, and the test says it does not".to_owned(),
                Ok(false) => "the rule does not find this, and the test says it does".to_owned(),
                Err(UndecidedCondition(why)) => format!("the rule comes to no answer: {why}"),
            };
            self.report_problem(ProblemCode::FailedTest, *view, message, "mend `when`, or the test");
        }
        let has_case = |wanted: bool| cases.iter().any(|case| case.finds == wanted);
        if self.problems.len() == problems && !(has_case(true) && has_case(false)) {
            let message = if has_case(true) {
                "no test says what the rule leaves alone"
            } else {
                "no test says what the rule finds"
            };
            let help = format!("add `{{given: {{…}}, finds: {}}}`", !has_case(true));
            self.report_problem(ProblemCode::UntestedRule, view, message, &help);
        }
    }

    fn rule_test(&mut self, item: YamlNodeRef<'a>, over: ConditionSubject) -> Option<RuleTestCase<'a>> {
        let (mut given, mut finds) = (None, None);
        let problems = self.problems.len();
        let mut fields = self.fields(item, "a test");
        while let Some(field) = fields.next(self) {
            match field.name {
                "given" => given = Some(self.given_values(field.value, over)),
                "finds" => finds = self.flag(field.value, "`finds`"),
                _ => self.report_unknown_field(field, fields::RULE_TEST),
            }
        }
        if self.problems.len() > problems {
            return None;
        }
        let Some((given, finds)) = given.zip(finds) else {
            self.report_missing_fields(item, "a test", &[("given", false), ("finds", finds.is_some())]);
            return None;
        };
        Some(RuleTestCase { given, finds, view: item })
    }

    fn given_values(
        &mut self,
        view: YamlNodeRef<'a>,
        over: ConditionSubject,
    ) -> BTreeMap<&'static str, ConditionValue> {
        let mut given = BTreeMap::new();
        let mut fields = self.fields(view, "`given`");
        while let Some(field) = fields.next(self) {
            match over.field(field.name) {
                Some(known) => {
                    given.extend(
                        self.field_value(field.value, &format!("`{}`", known.name), known.kind)
                            .map(|value| (known.name, value)),
                    );
                }
                None => {
                    let names: Vec<&str> = over.fields().iter().map(|field| field.name).collect();
                    let problem = Problem::new(
                        ProblemCode::UnknownField,
                        self.place(field.key),
                        format!("`{}` has no field `{}`", over.as_str(), field.name),
                    );
                    self.report(match nearest_name(field.name, names.iter().copied()) {
                        Some(near) => problem.did_you_mean(Some(near)),
                        None => problem.help(format!("it has {}", quoted_list(&names))),
                    });
                }
            }
        }
        given
    }

    fn field_value(
        &mut self,
        view: YamlNodeRef<'a>,
        what: &str,
        kind: ConditionValueType,
    ) -> Option<ConditionValue> {
        match kind {
            ConditionValueType::Text => {
                self.text(view, what).map(|text| ConditionValue::Text(text.to_string()))
            }
            ConditionValueType::Number => {
                self.number(view, what, 0).map(|number| ConditionValue::Number(number.into()))
            }
            ConditionValueType::Flag => self.flag(view, what).map(ConditionValue::Flag),
            ConditionValueType::Texts => {
                let items: Vec<_> = self
                    .items(view, what)?
                    .map(|item| self.text(item, what).map(|text| text.to_string()))
                    .collect();
                items.into_iter().collect::<Option<_>>().map(ConditionValue::Texts)
            }
        }
    }
}
