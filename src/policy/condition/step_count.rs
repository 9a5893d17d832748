//! Counts the steps that an expression takes at most, from its form and the sizes of an object's fields.
//!
//! A step is the time of the simplest part: to name a value. The figures are measured with the evaluator, and
//! each is rounded up; both branches of `&&` and `||` count, and each list is gone through to its end.

use std::rc::Rc;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::expression_checker::WALKS;
use super::{ConditionField, ConditionValue};

/// To prepare an object, and to note what came out.
const OBJECT: u64 = 8;
/// To prepare a field, and each item of a list.
const FIELD: u64 = 2;
const FIELD_ITEM: u64 = 4;
/// A literal, or the name of an item.
const NAME: u64 = 1;
/// A field of the object, whose name is put together.
const SELECT: u64 = 4;
const OPERATOR: u64 = 2;
/// The operator `+`, which makes a new value.
const SUM: u64 = 6;
/// A function, which is looked up by the types of its arguments, or an operator that prepares its error
/// before it looks at its value: an order, `!` and `-`.
const FUNCTION: u64 = 14;
/// One round of a walk, without its body.
const ROUND: u64 = 20;
/// Bytes that are compared, copied or searched in one step.
const BYTES: u64 = 32;

/// The size of a value, or the largest that it can have: bytes where it is a text, items where it is a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueSize {
    bytes: u64,
    items: u64,
    /// The size of the largest item.
    item: Option<Rc<ValueSize>>,
}

impl ValueSize {
    /// The size of a text of so many bytes.
    pub fn text(bytes: usize) -> Self {
        Self { bytes: bytes as u64, ..Self::default() }
    }

    /// The size of a list of so many texts, of which the longest has so many bytes.
    pub fn texts(items: usize, bytes: usize) -> Self {
        Self { items: items as u64, item: Some(Rc::new(Self::text(bytes))), ..Self::default() }
    }

    /// Returns the size of whichever of two values it is.
    fn either(self, other: Self) -> Self {
        let item = match (self.item, other.item) {
            (Some(one), Some(two)) if one != two => {
                Some(Rc::new(Rc::unwrap_or_clone(one).either(Rc::unwrap_or_clone(two))))
            }
            (one, two) => one.or(two),
        };
        Self { bytes: self.bytes.max(other.bytes), items: self.items.max(other.items), item }
    }

    /// Returns the size of two texts or lists behind one another.
    fn joined(self, other: Self) -> Self {
        let bytes = self.bytes.saturating_add(other.bytes);
        let items = self.items.saturating_add(other.items);
        Self { bytes, items, item: self.either(other).item }
    }

    /// Returns the steps to copy, compare or search all of the value.
    fn steps(&self) -> u64 {
        let item = self.item.as_ref().map_or(0, |item| item.steps());
        (self.bytes / BYTES).saturating_add(self.items.saturating_mul(item.saturating_add(1)))
    }
}

impl ConditionValue {
    /// Returns the size of the value.
    pub fn size(&self) -> ValueSize {
        match self {
            Self::Text(text) => ValueSize::text(text.len()),
            Self::Texts(texts) => {
                ValueSize::texts(texts.len(), texts.iter().map(String::len).max().unwrap_or(0))
            }
            Self::Number(_) | Self::Flag(_) => ValueSize::default(),
        }
    }
}

/// Returns the most steps that `expression`, in its source form, takes for an object whose `fields` have the
/// sizes `size_of`.
pub(super) fn count_steps(
    expression: &IdedExpr,
    fields: impl Iterator<Item = &'static ConditionField>,
    size_of: impl Fn(&'static ConditionField) -> ValueSize,
) -> u64 {
    let sizes: Vec<(&'static str, ValueSize)> = fields.map(|field| (field.name, size_of(field))).collect();
    let preparation = sizes.iter().map(|(_, size)| {
        FIELD.saturating_add(size.items.saturating_mul(FIELD_ITEM)).saturating_add(size.steps())
    });
    let mut counter = StepCounter {
        steps: preparation.fold(OBJECT, u64::saturating_add),
        sizes: &sizes,
        bound: Vec::new(),
    };
    counter.count(&expression.expr);
    counter.steps
}

/// Walks an expression and adds up its steps.
struct StepCounter<'a> {
    steps: u64,
    sizes: &'a [(&'static str, ValueSize)],
    /// The items of the lists that are being walked, outermost first.
    bound: Vec<(&'a str, ValueSize)>,
}

impl<'a> StepCounter<'a> {
    fn add(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    /// Adds the steps of `expression`, and returns the largest size of its value.
    fn count(&mut self, expression: &'a Expr) -> ValueSize {
        match expression {
            Expr::Literal(literal) => {
                self.add(NAME);
                match literal {
                    LiteralValue::String(text) => ValueSize::text(text.inner().len()),
                    LiteralValue::Bytes(bytes) => ValueSize::text(bytes.inner().len()),
                    LiteralValue::Boolean(_)
                    | LiteralValue::Double(_)
                    | LiteralValue::Int(_)
                    | LiteralValue::Null
                    | LiteralValue::UInt(_) => ValueSize::default(),
                }
            }
            Expr::Ident(name) => {
                self.add(NAME);
                let item = self.bound.iter().rev().find(|(bound, _)| bound == name);
                item.map(|(_, size)| size.clone()).unwrap_or_default()
            }
            Expr::Select(select) => {
                self.add(SELECT);
                let field = self.sizes.iter().find(|(name, _)| *name == select.field);
                field.map(|(_, size)| size.clone()).unwrap_or_default()
            }
            Expr::List(list) => {
                let items = list.elements.len() as u64;
                let sizes = list.elements.iter().map(|element| self.count(&element.expr));
                let item = sizes.reduce(ValueSize::either).map(Rc::new);
                let list = ValueSize { bytes: 0, items, item };
                self.add(OPERATOR.saturating_add(list.steps()));
                list
            }
            Expr::Call(call) => self.count_call(call),
            // The checker lets none of them through.
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                self.steps = u64::MAX;
                ValueSize::default()
            }
        }
    }

    fn count_call(&mut self, call: &'a CallExpr) -> ValueSize {
        let name = call.func_name.as_str();
        match (&call.target, call.args.as_slice()) {
            (Some(list), [item, body]) if WALKS.contains(&name) => {
                self.count_walk(name, &list.expr, item, body)
            }
            (None, [condition, yes, no]) if name == operators::CONDITIONAL => {
                self.add(OPERATOR);
                self.count(&condition.expr);
                let yes = self.count(&yes.expr);
                yes.either(self.count(&no.expr))
            }
            (target, arguments) => {
                let parts: Vec<ValueSize> = target
                    .iter()
                    .map(|target| &target.expr)
                    .chain(arguments.iter().map(|argument| &argument.expr))
                    .map(|part| self.count(part))
                    .collect();
                self.count_operation(name, parts)
            }
        }
    }

    /// Adds the steps of an operator or a function with values of the sizes `parts`.
    fn count_operation(&mut self, name: &str, parts: Vec<ValueSize>) -> ValueSize {
        let all = parts.iter().map(ValueSize::steps).fold(0, u64::saturating_add);
        match name {
            operators::ADD => {
                let sum = parts.into_iter().reduce(ValueSize::joined).unwrap_or_default();
                self.add(SUM.saturating_add(sum.steps()));
                return sum;
            }
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::SUBSTRACT | operators::MULTIPLY => {
                self.add(OPERATOR)
            }
            operators::EQUALS | operators::NOT_EQUALS | operators::IN => {
                self.add(OPERATOR.saturating_add(all))
            }
            _ => self.add(FUNCTION.saturating_add(all)),
        }
        ValueSize::default()
    }

    fn count_walk(
        &mut self,
        name: &str,
        list: &'a Expr,
        item: &'a IdedExpr,
        body: &'a IdedExpr,
    ) -> ValueSize {
        let list = self.count(list);
        let size = list.item.as_deref().cloned().unwrap_or_default();
        let Expr::Ident(item) = &item.expr else { return list };
        let before = std::mem::replace(&mut self.steps, 0);
        let copied = size.steps();
        self.bound.push((item, size));
        self.count(&body.expr);
        self.bound.pop();
        // Each item is copied to be named, and once more where it is kept.
        let round = self.steps.saturating_add(ROUND).saturating_add(copied.saturating_mul(2));
        self.steps = before.saturating_add(OPERATOR).saturating_add(list.items.saturating_mul(round));
        if name == operators::FILTER { list } else { ValueSize::default() }
    }
}
