//! What a firm's own audit rule asks of one object: an expression of the [Common Expression
//! Language](https://cel.dev).
//!
//! An expression comes from a pull request and is judged in CI before anybody has looked at it. So it is
//! short, it sees the fields of one object and nothing else, and only functions stand in it that end soon and
//! make nothing large (`allowed`).

mod expression_checker;
mod subject;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};

pub use subject::{ConditionField, ConditionSubject, ConditionValue, ConditionValueType};

/// The longest expression, in bytes.
pub const LONGEST: usize = 1_000;

/// The longest list that an expression may walk within a walk: the time it takes is the square of it.
const LONGEST_WALKED_AGAIN: usize = 500;

/// The functions and macros of the language's standard; an expression names those of [`allowed`] only.
static STANDARD: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::default().with_optional_support(false).with_stdlib()));
static MACROS: LazyLock<Env> = LazyLock::new(|| Env::stdlib().with_optional_support(false));

/// An expression that says yes or no of one object.
#[derive(Debug, Clone)]
pub struct Condition {
    subject: ConditionSubject,
    fields: BTreeSet<&'static ConditionField>,
    walks_again: bool,
    program: Arc<Program>,
}

/// Why a text is no condition.
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

/// A condition that says neither yes nor no of an object; as a lower-case fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UndecidedCondition(pub String);

impl Condition {
    /// Reads `source` as an expression over objects of the kind of `subject`.
    ///
    /// # Errors
    ///
    /// With the first thing that is wrong with it.
    pub fn parse(source: &str, subject: ConditionSubject) -> Result<Self, ConditionFlaw> {
        if source.len() > LONGEST {
            return Err(ConditionFlaw::new(
                format!("an expression of {} bytes is too long", source.len()),
                format!("at most {LONGEST} bytes"),
            ));
        }
        // As it is written, before macros make loops of it: that is what can be told about in the author's
        // words.
        let written = Env::default()
            .with_optional_support(false)
            .parser()
            .parse(source)
            .map_err(|errors| syntax_flaw(&errors))?;
        let seen = expression_checker::check_expression(&written, subject)?;
        let program = MACROS.compile(source).map_err(|errors| syntax_flaw(&errors))?;
        let condition =
            Self { subject, fields: seen.fields, walks_again: seen.walks_again, program: Arc::new(program) };
        // What is of the wrong type mostly shows on any object.
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

    /// What it is over.
    pub fn subject(&self) -> ConditionSubject {
        self.subject
    }

    /// Whether the object holds to it; `of` gives each field that it names.
    ///
    /// # Errors
    ///
    /// If the expression comes to no yes or no: it takes a text for a number.
    pub fn holds(
        &self,
        of: impl Fn(&'static ConditionField) -> ConditionValue,
    ) -> Result<bool, UndecidedCondition> {
        let mut object = HashMap::with_capacity(self.fields.len());
        for field in &self.fields {
            let fact = of(field);
            if self.walks_again && fact.len() > LONGEST_WALKED_AGAIN {
                return Err(UndecidedCondition(format!(
                    "`{}` has {} items, too many to be gone through within another list",
                    field.name,
                    fact.len()
                )));
            }
            object.insert(field.name, Value::from(fact));
        }
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        context.add_variable_from_value(self.subject.as_str(), object);
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

impl From<ConditionValue> for Value {
    fn from(fact: ConditionValue) -> Self {
        match fact {
            ConditionValue::Text(text) => text.into(),
            ConditionValue::Number(number) => Self::Int(number),
            ConditionValue::Flag(flag) => Self::Bool(flag),
            ConditionValue::Texts(texts) => texts.into(),
        }
    }
}

/// The parser's first words, with the place in the expression.
fn syntax_flaw(errors: &cel::ParseErrors) -> ConditionFlaw {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let message = first.map_or("", |error| error.msg.trim_start_matches("Syntax error: "));
    // What could stand there instead is nearly everything.
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
