//! Conditions of a firm's own audit rules: expressions of the [Common Expression Language](https://cel.dev)
//! over one object.
//!
//! An expression comes from a pull request and is evaluated in CI before anybody has looked at it. So it is
//! short, it sees the fields of one object and nothing else, and it may use only functions that end soon (see
//! `expression_checker`). What it takes at most is known before it is evaluated ([`Condition::steps`]), and
//! whoever evaluates charges that to a [`StepBudget`].

mod expression_checker;
mod step_budget;
mod step_count;
mod subject;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelInt, CelList, CelString};
use cel::common::value::Val;
use cel::{Context, Env, Program, Value};

pub use step_budget::{StepBudget, TooManySteps};
pub use step_count::ValueSize;
pub use subject::{ConditionField, ConditionSubject, ConditionValue, ConditionValueType};

/// Length of the longest expression, in bytes.
pub const LONGEST: usize = 1_000;

/// The most steps that an expression may take for an object without any values.
const MOST_OF_EMPTY: u64 = 10_000;

/// The functions and macros of the language's standard. [`expression_checker`] lets an expression use only
/// some of them.
static STANDARD: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::default().with_optional_support(false).with_stdlib()));
static MACROS: LazyLock<Env> = LazyLock::new(|| Env::stdlib().with_optional_support(false));

/// An expression that decides yes or no for one object.
#[derive(Debug, Clone)]
pub struct Condition {
    subject: ConditionSubject,
    fields: BTreeSet<&'static ConditionField>,
    /// The source form.
    written: Arc<IdedExpr>,
    program: Arc<Program>,
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionFlaw {
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl ConditionFlaw {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// Why a condition came to neither yes nor no for an object, as a lower-case fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UndecidedCondition(pub String);

impl Condition {
    /// Parses `source` as an expression over objects of the kind `subject`.
    ///
    /// # Errors
    ///
    /// Returns the first thing that is wrong with the expression.
    pub fn parse(source: &str, subject: ConditionSubject) -> Result<Self, ConditionFlaw> {
        if source.len() > LONGEST {
            return Err(ConditionFlaw::new(
                format!("an expression of {} bytes is too long", source.len()),
                format!("at most {LONGEST} bytes"),
            ));
        }
        // Checked in its source form, before macros are expanded into loops, so that messages can use the
        // author's words.
        let written = Env::default()
            .with_optional_support(false)
            .parser()
            .parse(source)
            .map_err(|errors| syntax_flaw(&errors))?;
        let fields = expression_checker::check_expression(&written, subject)?;
        let program = MACROS.compile(source).map_err(|errors| syntax_flaw(&errors))?;
        let condition = Self { subject, fields, written: Arc::new(written), program: Arc::new(program) };
        let steps = condition.steps(|_| ValueSize::default());
        if steps > MOST_OF_EMPTY {
            return Err(ConditionFlaw::new(
                format!("the expression takes {steps} steps even where all lists are empty"),
                format!("at most {MOST_OF_EMPTY}: go through fewer lists within others"),
            ));
        }
        // Most type errors show on any object, so the condition is tried on one with empty fields.
        match condition.holds(|field| field.kind.empty_value()) {
            Ok(_) => Ok(condition),
            Err(UndecidedCondition(why)) => Err(ConditionFlaw::new(why, condition.field_types_help())),
        }
    }

    fn field_types_help(&self) -> String {
        let kinds = self
            .fields
            .iter()
            .map(|field| format!("`{}.{}` is {}", self.subject.as_str(), field.name, field.kind.as_str()));
        kinds.collect::<Vec<_>>().join(", ")
    }

    /// Returns the fields of the object that the condition names, in order.
    pub fn fields(&self) -> impl Iterator<Item = &'static ConditionField> {
        self.fields.iter().copied()
    }

    /// Returns the kind of object that the condition is about.
    pub fn subject(&self) -> ConditionSubject {
        self.subject
    }

    /// Returns the most steps that it takes to decide for an object whose fields have the sizes `size_of`. A
    /// step takes at most 25 ns.
    pub fn steps(&self, size_of: impl Fn(&'static ConditionField) -> ValueSize) -> u64 {
        step_count::count_steps(&self.written, self.fields(), size_of)
    }

    /// Whether the condition holds for an object; `value_of` returns the value of each field that the
    /// expression names. Takes as long as [`Self::steps`] says, which may be hours.
    ///
    /// # Errors
    ///
    /// Returns why the expression comes to neither yes nor no: it uses a text as a number.
    pub fn holds(
        &self,
        value_of: impl Fn(&'static ConditionField) -> ConditionValue,
    ) -> Result<bool, UndecidedCondition> {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        for field in &self.fields {
            // A variable whose name has a dot takes less time than a map with one entry.
            let name = format!("{}.{}", self.subject.as_str(), field.name);
            context.add_variable_as_val(name, value_of(field).into());
        }
        match self.program.execute(&context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(UndecidedCondition(format!(
                "the expression comes to a value of type {}, not to true or false",
                other.type_of()
            ))),
            Err(error) => Err(UndecidedCondition(error.to_string())),
        }
    }
}

impl From<ConditionValue> for Box<dyn Val> {
    fn from(value: ConditionValue) -> Self {
        let text = |text: String| Box::new(CelString::from(text)) as Self;
        match value {
            ConditionValue::Text(value) => text(value),
            ConditionValue::Number(number) => Box::new(CelInt::from(number)),
            ConditionValue::Flag(flag) => Box::new(CelBool::from(flag)),
            ConditionValue::Texts(texts) => {
                Box::new(CelList::from(texts.into_iter().map(text).collect::<Vec<_>>()))
            }
        }
    }
}

/// Makes a flaw of the parser's first error, with its line and column in the expression.
fn syntax_flaw(errors: &cel::ParseErrors) -> ConditionFlaw {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let message = first.map_or("", |error| error.msg.trim_start_matches("Syntax error: "));
    // The parser's list of expected tokens is dropped, as nearly everything is on it.
    let message = message
        .split(" expecting ")
        .next()
        .unwrap_or_default()
        .replace("mismatched input '<EOF>'", "it ends too early");
    ConditionFlaw::new(
        format!("the expression cannot be read at line {line}, column {column}: {message}"),
        "`user.country == 'PT' && 'download' in user.roles`",
    )
}
