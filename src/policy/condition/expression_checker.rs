//! Checks that an expression uses only the parts of the language that a condition may use.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};

use super::super::suggest::nearest_name;
use super::{ConditionField, ConditionFlaw, ConditionSubject};

/// Functions, by their names in expressions. None returns a list or text that is longer than its arguments,
/// and the counting of steps relies on that; only the operator `+` does.
const FUNCTIONS: [&str; 4] = ["size", "startsWith", "endsWith", "contains"];
/// Macros that walk a list. `map` is left out: it makes a new list, and a few of them in a row make a long
/// one.
pub(super) const WALKS: [&str; 4] =
    [operators::ALL, operators::EXISTS, operators::EXISTS_ONE, operators::FILTER];
/// Operators. Index and division are left out: they have no value for some objects, and a rule must decide
/// every object.
const OPERATORS: [&str; 15] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::IN,
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::NEGATE,
];

/// How deeply walks over lists may be nested.
const DEEPEST: usize = 2;

/// Checks an expression in its source form, before macros are expanded, and returns the fields of the object
/// that it names.
///
/// # Errors
///
/// Returns the first part that is not allowed.
pub(super) fn check_expression(
    expression: &IdedExpr,
    subject: ConditionSubject,
) -> Result<BTreeSet<&'static ConditionField>, ConditionFlaw> {
    let mut checker = ExpressionChecker { subject, bound: Vec::new(), fields: BTreeSet::new() };
    checker.check(&expression.expr)?;
    Ok(checker.fields)
}

/// Walks an expression and notes what it uses.
struct ExpressionChecker<'a> {
    subject: ConditionSubject,
    /// Names of the items of the lists that are being walked, outermost first.
    bound: Vec<&'a str>,
    fields: BTreeSet<&'static ConditionField>,
}

impl<'a> ExpressionChecker<'a> {
    fn check(&mut self, expression: &'a Expr) -> Result<(), ConditionFlaw> {
        match expression {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.check_name(name),
            Expr::Select(select) => {
                if let Expr::Ident(name) = &select.operand.expr
                    && name == self.subject.as_str()
                    && !self.bound.contains(&name.as_str())
                {
                    self.check_field(&select.field)
                } else {
                    Err(ConditionFlaw::new(
                        format!("`.{}` is asked of what has no fields", select.field),
                        self.visible_names_help(),
                    ))
                }
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.check(&element.expr)),
            Expr::Call(call) => self.check_call(call),
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                Err(ConditionFlaw::new(
                    "a map or a message stands in the expression",
                    "texts, numbers, `true`, `false` and lists can stand in it",
                ))
            }
        }
    }

    fn visible_names_help(&self) -> String {
        let subject = self.subject.as_str();
        format!(
            "an expression over {} sees `{subject}` and its fields: `{subject}.{}`",
            self.subject.plural(),
            self.subject.fields()[0].name
        )
    }

    fn check_name(&self, name: &str) -> Result<(), ConditionFlaw> {
        if self.bound.contains(&name) {
            return Ok(());
        }
        let message = if name == self.subject.as_str() {
            format!("`{name}` stands without a field")
        } else {
            format!("`{name}` is nothing that is known here")
        };
        Err(ConditionFlaw::new(message, self.visible_names_help()))
    }

    fn check_field(&mut self, name: &str) -> Result<(), ConditionFlaw> {
        let Some(field) = self.subject.field(name) else {
            let names = || self.subject.fields().iter().map(|field| field.name);
            let help = match nearest_name(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(ConditionFlaw::new(
                format!("`{}` has no field `{name}`", self.subject.as_str()),
                help,
            ));
        };
        self.fields.insert(field);
        Ok(())
    }

    fn check_call(&mut self, call: &'a CallExpr) -> Result<(), ConditionFlaw> {
        let name = call.func_name.as_str();
        call.target.iter().try_for_each(|target| self.check(&target.expr))?;
        match (&call.target, call.args.as_slice()) {
            (Some(_), [item, body]) if WALKS.contains(&name) => self.check_walk(item, body),
            (_, arguments) if FUNCTIONS.contains(&name) || OPERATORS.contains(&name) => {
                arguments.iter().try_for_each(|argument| self.check(&argument.expr))
            }
            _ if WALKS.contains(&name) => Err(ConditionFlaw::new(
                format!("`{name}` goes through a list"),
                format!("`list.{name}(item, item == 'a')`"),
            )),
            _ => {
                let known =
                    FUNCTIONS.iter().chain(&WALKS).copied().chain(["in"]).collect::<Vec<_>>().join(", ");
                // Operators have internal names such as `_/_`.
                let written = name.replace('_', "");
                let written = if written.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                    name
                } else {
                    &written
                };
                Err(ConditionFlaw::new(
                    format!("`{written}` cannot stand in an expression"),
                    format!("the functions are {known}"),
                ))
            }
        }
    }

    fn check_walk(&mut self, item: &'a IdedExpr, body: &'a IdedExpr) -> Result<(), ConditionFlaw> {
        let Expr::Ident(item) = &item.expr else {
            return Err(ConditionFlaw::new(
                "the items of a list are given no name",
                "`list.exists(item, item == 'a')`",
            ));
        };
        if self.bound.len() == DEEPEST {
            return Err(ConditionFlaw::new(
                "lists are gone through too deeply",
                format!("at most {DEEPEST} within one another"),
            ));
        }
        self.bound.push(item);
        let result = self.check(&body.expr);
        self.bound.pop();
        result
    }
}
