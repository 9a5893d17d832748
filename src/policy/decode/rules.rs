//! Decodes `audit.rules` of `seatwise.yaml`: the firm's own rules, and the tests beside them.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::super::condition::{
    Condition, ConditionField, ConditionSubject, ConditionValue, ConditionValueType, StepBudget,
    UndecidedCondition,
};
use super::super::problem::{Problem, ProblemCode};
use super::super::settings::{OwnRule, Severity};
use super::super::yaml::YamlNodeRef;
use super::values::TextLineSchema;
use super::{KnownField, PolicyDecoder, quoted_list};
use crate::model::Text;

mapping! {
    /// A rule of the firm's own. `seatwise audit` shows it as `custom/` and its id.
    OwnRuleSchema "OwnRule", fn rule_field(self, field, draft: &mut RuleDraft<'a>) {
        /// Lower-case letters, digits and `-`.
        #[schemars(regex(pattern = "^[a-z0-9-]{1,60}$"))]
        required id: String => draft.id = self.rule_id(field.value),
        /// What it looks through.
        required over: ConditionSubjectSchema => {
            let words = ConditionSubject::ALL.map(|subject| (subject.plural(), subject));
            draft.over = self.word(field.value, field.what, &words);
        },
        /// What makes one of them a finding: an expression of the Common Expression Language over `user`,
        /// `group`, `product` or `finding`.
        #[schemars(length(min = 1, max = 1000))]
        required when: String => draft.when = Some(field.value),
        /// How bad that is. `warning` where it is left out.
        optional severity: SeveritySchema => {
            let words = Severity::ALL.map(|severity| (severity.as_str(), severity));
            draft.severity = self.word(field.value, field.what, &words);
        },
        /// What it looks for, as a noun phrase.
        required title: TextLineSchema => draft.title = self.one_line_text(field.value, field.what),
        /// Why that matters.
        optional why: TextLineSchema => draft.why = self.one_line_text(field.value, field.what),
        /// What to do about it.
        optional fix: TextLineSchema => draft.fix = self.one_line_text(field.value, field.what),
        /// Cases that hold whenever the policy is read: at least one that is a finding, and one that is none.
        #[schemars(length(min = 2))]
        required tests: Vec<RuleTestSchema> => draft.tests = Some(field.value),
    }
}

/// What a rule looks through.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", rename = "Over")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
enum ConditionSubjectSchema {
    Users,
    Groups,
    Products,
    Findings,
}

/// How bad a finding is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", rename = "Severity")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
enum SeveritySchema {
    Error,
    Warning,
    Note,
}

mapping! {
    /// A case of a rule.
    RuleTestSchema "RuleTest", fn rule_test_field(
        self, field, draft: &mut RuleTestDraft, over: ConditionSubject
    ) {
        /// The object: the fields that matter. Texts and lists that are left out are empty, numbers 0, flags
        /// `false`.
        required given: BTreeMap<String, ConditionValueSchema> =>
            draft.given = Some(self.given_values(field, over)),
        /// Whether it is a finding.
        required finds: bool => draft.finds = self.flag(field.value, field.what),
    }
}

/// The value of a field.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Given")]
#[expect(dead_code, reason = "the type is there for the schema made of it")]
enum ConditionValueSchema {
    Text(String),
    Number(u32),
    Flag(bool),
    Texts(Vec<String>),
}

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

/// The fields of a rule's test that are decoded so far.
#[derive(Default)]
struct RuleTestDraft {
    given: Option<BTreeMap<&'static str, ConditionValue>>,
    finds: Option<bool>,
}

impl<'a> PolicyDecoder<'a> {
    /// Decodes `audit.rules`. Two rules with the same id are a problem.
    pub(super) fn own_rules(&mut self, view: YamlNodeRef<'a>) -> Vec<OwnRule> {
        let mut rules: Vec<OwnRule> = Vec::new();
        let mut places = BTreeMap::new();
        let mut budget = StepBudget::of_tests();
        for entry in self.items(view, "`rules` of the audit").into_iter().flatten() {
            // Rules behind one whose tests take too much are not even parsed.
            if budget.is_spent() {
                break;
            }
            let Some(rule) = self.own_rule(entry, &mut budget) else { continue };
            let first = *places.entry(Text::clone(&rule.id)).or_insert(rule.place);
            if first != rule.place {
                let problem = Problem::new(
                    ProblemCode::DuplicateRule,
                    rule.place,
                    format!("there are two rules `{}`", rule.id),
                );
                self.report(problem.with_other_place(first, "first here"));
            }
            rules.push(rule);
        }
        rules
    }

    fn own_rule(&mut self, entry: YamlNodeRef<'a>, budget: &mut StepBudget) -> Option<OwnRule> {
        let problems = self.problems.len();
        let mut draft = RuleDraft::default();
        let what = "an entry of `audit.rules`";
        self.each_field(entry, what, |decoder, field| decoder.rule_field(field, &mut draft));
        match draft {
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
                self.judge_tests(tests, &when, budget);
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
                self.report_missing_fields(entry, what, &needed);
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
    fn judge_tests(&mut self, view: YamlNodeRef<'a>, when: &Condition, budget: &mut StepBudget) {
        let Some(items) = self.items(view, "`tests`") else { return };
        let problems = self.problems.len();
        let cases: Vec<_> = items.filter_map(|item| self.rule_test(item, when.subject())).collect();
        for RuleTestCase { given, finds, view } in &cases {
            let size_of = |field: &ConditionField| given.get(field.name).map(ConditionValue::size);
            if let Err(error) = budget.charge(when.steps(|field| size_of(field).unwrap_or_default())) {
                let message = format!("with this test, the tests of all rules take {error}");
                let help = "give it shorter lists";
                return self.report_problem(ProblemCode::CostlyRule, *view, message, help);
            }
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
        let problems = self.problems.len();
        let mut draft = RuleTestDraft::default();
        self.each_field(item, "a test", |decoder, field| decoder.rule_test_field(field, &mut draft, over));
        let RuleTestDraft { given, finds } = draft;
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
        field: KnownField<'a>,
        over: ConditionSubject,
    ) -> BTreeMap<&'static str, ConditionValue> {
        let mut given = BTreeMap::new();
        let mut fields = self.fields(field.value, field.what);
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
                    let help = format!("it has {}", quoted_list(&names));
                    self.report_none_of(problem, field.name, &names, help);
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
