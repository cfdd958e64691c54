//! Which values are equal, and which comes first.
//!
//! Equality goes through nested values without recursion, and counts every pair: values that share parts can be
//! nested so that there are more pairs than any machine could look at.

use std::cmp::Ordering;

use super::fault::Fault;
use super::limits::{NESTING, too_deep};
use super::value::{Heap, Value};

impl Heap {
    pub(super) fn equal(&mut self, one: Value, other: Value) -> Result<bool, Fault> {
        let mut pairs = vec![(one, other)];
        while let Some((one, other)) = pairs.pop() {
            self.budget.steps(1)?;
            let same = match (one, other) {
                (Value::None, Value::None) => true,
                (Value::Bool(one), Value::Bool(other)) => one == other,
                (Value::Int(one), Value::Int(other)) => one == other,
                (Value::Text(one), Value::Text(other)) => self.same_text(one, other)?,
                (Value::List(one), Value::List(other)) => {
                    let (ones, others) = (self.items(one), self.items(other));
                    let same = ones.len() == others.len();
                    if same && one != other {
                        pairs.extend(ones.iter().copied().zip(others.iter().copied()));
                        self.budget.steps(self.items(one).len())?;
                    }
                    same
                }
                (Value::Tuple(one), Value::Tuple(other)) => {
                    let (ones, others) = (self.members(one), self.members(other));
                    self.budget.steps(ones.len())?;
                    pairs.extend(ones.iter().copied().zip(others.iter().copied()));
                    ones.len() == others.len()
                }
                (Value::Dict(one), Value::Dict(other)) => {
                    self.budget.steps(self.entries(one).len())?;
                    let (ones, others) = (self.entries(one), self.entries(other));
                    let found = ones.iter().map(|(key, (_, value))| Some((*value, others.get(key)?.1)));
                    let found: Option<Vec<_>> = found.collect();
                    let same = ones.len() == others.len() && found.is_some();
                    pairs.extend(found.unwrap_or_default());
                    same
                }
                (Value::Range(one), Value::Range(other)) => {
                    one.len() == other.len()
                        && (one.len() == 0 || (one.start, one.len() == 1 || one.step == other.step) == (other.start, true))
                }
                (Value::Function(one), Value::Function(other)) => one == other,
                (Value::BuiltIn(one), Value::BuiltIn(other)) => one == other,
                _ => false,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn same_text(&mut self, one: u32, other: u32) -> Result<bool, Fault> {
        let (one, other) = (self.str(one), self.str(other));
        if one.len() != other.len() {
            return Ok(false);
        }
        self.budget.reading(one.len())?;
        Ok(one == other)
    }

    /// Which of two values comes first; an error for those that have no order.
    pub(super) fn compare(&mut self, one: Value, other: Value) -> Result<Ordering, Fault> {
        self.compare_at(one, other, 0)
    }

    fn compare_at(&mut self, one: Value, other: Value, depth: usize) -> Result<Ordering, Fault> {
        self.budget.steps(1)?;
        if depth > NESTING {
            return Err(too_deep());
        }
        match (one, other) {
            (Value::Bool(one), Value::Bool(other)) => Ok(one.cmp(&other)),
            (Value::Int(one), Value::Int(other)) => Ok(one.cmp(&other)),
            (Value::Text(one), Value::Text(other)) => {
                let (one, other) = (self.str(one), self.str(other));
                self.budget.reading(one.len().min(other.len()))?;
                Ok(one.cmp(&other))
            }
            (Value::List(_), Value::List(_)) | (Value::Tuple(_), Value::Tuple(_)) => {
                let (ones, others) = (self.elements(one)?, self.elements(other)?);
                for (one, other) in ones.iter().zip(others.iter()) {
                    let order = self.compare_at(*one, *other, depth + 1)?;
                    if order.is_ne() {
                        return Ok(order);
                    }
                }
                Ok(ones.len().cmp(&others.len()))
            }
            _ => Err(self.unordered(one, other)),
        }
    }

    fn unordered(&self, one: Value, other: Value) -> Fault {
        // The words have grown so, and programs may look for any of them.
        let operator = match one {
            Value::Text(_) | Value::List(_) | Value::Tuple(_) => "cmp()",
            Value::Bool(_) => "<>",
            _ => "compare",
        };
        self.unsupported(operator, one, other)
    }

    /// What is said when an operator does not know two values.
    pub(super) fn unsupported(&self, operator: &str, one: Value, other: Value) -> Fault {
        let (one, other) = (self.type_name(one), self.type_name(other));
        Fault::new(format!("Operation `{operator}` not supported for types `{one}` and `{other}`"))
    }
}
