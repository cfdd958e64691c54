//! What the operators do.
//!
//! Numbers have 64 bits; a result that does not fit is an error, never another number. What an operator makes is
//! bounded before it is made.

use super::ast::{Binary, Unary};
use super::fault::Fault;
use super::limits::{ELEMENTS, SHIFT};
use super::machine::Machine;
use super::value::{Heap, Value};

fn overflow() -> Fault {
    Fault::new("Integer overflow: numbers of rule files have 64 bits")
}

fn number(result: Option<i64>) -> Result<Value, Fault> {
    result.map(Value::Int).ok_or_else(overflow)
}

impl Machine<'_> {
    pub(super) fn unary(&mut self, operator: Unary, value: Value) -> Result<Value, Fault> {
        let (sign, result) = match (operator, value) {
            (Unary::Plus, Value::Int(_)) => return Ok(value),
            (Unary::Minus, Value::Int(inner)) => return number(inner.checked_neg()),
            (Unary::Invert, Value::Int(inner)) => return Ok(Value::Int(!inner)),
            (Unary::Plus, _) => ("+", value),
            (Unary::Minus, _) => ("-", value),
            (Unary::Invert, _) => ("~", value),
        };
        Err(Fault::new(format!("Operation `{sign}` not supported on type `{}`", self.heap.type_name(result))))
    }

    pub(super) fn binary(&mut self, operator: Binary, left: Value, right: Value) -> Result<Value, Fault> {
        let heap = &mut self.heap;
        Ok(Value::Bool(match operator {
            Binary::Equal => heap.equal(left, right)?,
            Binary::NotEqual => !heap.equal(left, right)?,
            Binary::Less => heap.compare(left, right)?.is_lt(),
            Binary::LessEqual => heap.compare(left, right)?.is_le(),
            Binary::Greater => heap.compare(left, right)?.is_gt(),
            Binary::GreaterEqual => heap.compare(left, right)?.is_ge(),
            Binary::In => self.contains(right, left)?,
            Binary::NotIn => !self.contains(right, left)?,
            Binary::Add => return heap.add(left, right),
            Binary::Times => return heap.times(left, right),
            Binary::Modulo => match left {
                Value::Text(_) => return self.percent(left, right),
                _ => return heap.modulo(left, right),
            },
            Binary::BitOr => match (left, right) {
                (Value::Dict(one), Value::Dict(other)) => return heap.union(one, other),
                _ => return heap.numbers(operator, left, right),
            },
            Binary::Subtract | Binary::Divide | Binary::BitAnd | Binary::BitXor | Binary::ShiftLeft | Binary::ShiftRight => {
                return heap.numbers(operator, left, right);
            }
        }))
    }

    /// `left OP= right`. Lists and dictionaries change in place.
    pub(super) fn augment(&mut self, operator: Binary, left: Value, right: Value) -> Result<Value, Fault> {
        match (operator, left, right) {
            (Binary::Add, Value::List(list), _) => {
                let items = self.heap.elements(right)?;
                self.heap.reserve_items(items.len())?;
                self.heap.items_mut(list)?.extend(items.iter());
                Ok(left)
            }
            (Binary::BitOr, Value::Dict(one), Value::Dict(other)) => {
                self.heap.merge(one, other)?;
                Ok(left)
            }
            _ => self.binary(operator, left, right),
        }
    }

    /// Whether `value` is in `all`.
    fn contains(&mut self, all: Value, value: Value) -> Result<bool, Fault> {
        match all {
            Value::Text(id) => {
                let Value::Text(part) = value else { return Err(self.mismatch("Type of parameters mismatch", "str", value)) };
                let (text, part) = (self.heap.str(id), self.heap.str(part));
                self.heap.budget.reading(text.len() + part.len())?;
                Ok(text.contains(&*part))
            }
            Value::Dict(id) => Ok(self.heap.lookup(id, value)?.is_some()),
            Value::Range(range) => Ok(matches!(value, Value::Int(number) if range.contains(number))),
            Value::List(_) | Value::Tuple(_) => {
                for item in self.heap.elements(all)?.iter() {
                    if self.heap.equal(*item, value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(self.heap.unsupported("in", value, all)),
        }
    }
}

impl Heap {
    fn add(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        match (left, right) {
            (Value::Int(one), Value::Int(other)) => number(one.checked_add(other)),
            (Value::Text(one), Value::Text(other)) => {
                let (one, other) = (self.str(one), self.str(other));
                self.budget.bytes(one.len() + other.len())?;
                self.budget.steps((one.len() + other.len()) / 64)?;
                self.text([&*one, &*other].concat())
            }
            (Value::List(one), Value::List(other)) => {
                let length = self.items(one).len() + self.items(other).len();
                self.reserve_copied(length)?;
                let items = [self.items(one), self.items(other)].concat();
                self.list(items)
            }
            (Value::Tuple(one), Value::Tuple(other)) => {
                let (one, other) = (self.members(one), self.members(other));
                self.reserve_copied(one.len() + other.len())?;
                self.tuple([&*one, &*other].concat())
            }
            _ => Err(self.unsupported("+", left, right)),
        }
    }

    /// Looks ahead whether there is memory for a copy; storing it counts it.
    fn reserve_copied(&mut self, items: usize) -> Result<(), Fault> {
        self.budget.bytes(items * size_of::<Value>())
    }

    fn times(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        match (left, right) {
            (Value::Int(one), Value::Int(other)) => number(one.checked_mul(other)),
            (Value::Int(count), many) | (many, Value::Int(count)) => self.repeat(many, count, left, right),
            _ => Err(self.unsupported("*", left, right)),
        }
    }

    fn repeat(&mut self, many: Value, count: i64, left: Value, right: Value) -> Result<Value, Fault> {
        let length = match many {
            Value::Text(id) => self.str(id).len(),
            Value::List(id) => self.items(id).len(),
            Value::Tuple(id) => self.members(id).len(),
            _ => return Err(self.unsupported("*", left, right)),
        };
        let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
        if length.saturating_mul(count) > ELEMENTS {
            return Err(Fault::new(format!("repeating may make {ELEMENTS} elements at most")));
        }
        let count = if length == 0 { 0 } else { count };
        match many {
            Value::Text(id) => {
                self.budget.bytes(length * count)?;
                let text = self.str(id).repeat(count);
                self.text(text)
            }
            Value::List(id) => {
                self.reserve_copied(length * count)?;
                let items = self.items(id).repeat(count);
                self.list(items)
            }
            Value::Tuple(id) => {
                self.reserve_copied(length * count)?;
                let members = self.members(id).repeat(count);
                self.tuple(members)
            }
            _ => Err(self.unsupported("*", left, right)),
        }
    }

    fn modulo(&mut self, left: Value, right: Value) -> Result<Value, Fault> {
        match (left, right) {
            (Value::Int(one), Value::Int(0)) => Err(Fault::new(format!("Modulo by zero: {one} % 0"))),
            (Value::Int(one), Value::Int(other)) => {
                let rest = one.wrapping_rem(other);
                Ok(Value::Int(if rest != 0 && (rest < 0) != (other < 0) { rest + other } else { rest }))
            }
            _ => Err(self.unsupported("%", left, right)),
        }
    }

    fn numbers(&mut self, operator: Binary, left: Value, right: Value) -> Result<Value, Fault> {
        let (Value::Int(one), Value::Int(other)) = (left, right) else { return Err(self.unsupported(sign(operator), left, right)) };
        match operator {
            Binary::Subtract => number(one.checked_sub(other)),
            Binary::Divide if other == 0 => Err(Fault::new(format!("Floor division by zero: {one} // 0"))),
            Binary::Divide => number(one.checked_div_euclid(other)).map(|_| Value::Int(floor_div(one, other))),
            Binary::BitAnd => Ok(Value::Int(one & other)),
            Binary::BitOr => Ok(Value::Int(one | other)),
            Binary::BitXor => Ok(Value::Int(one ^ other)),
            Binary::ShiftLeft => shift_left(one, other),
            Binary::ShiftRight if other < 0 => Err(Fault::new("Negative right shift")),
            Binary::ShiftRight => Ok(Value::Int(one >> other.min(63))),
            _ => Err(self.unsupported(sign(operator), left, right)),
        }
    }

    /// A new dictionary with the entries of both, those of the second counting.
    fn union(&mut self, one: u32, other: u32) -> Result<Value, Fault> {
        let union = self.dict()?;
        if let Value::Dict(id) = union {
            self.merge(id, one)?;
            self.merge(id, other)?;
        }
        Ok(union)
    }

    /// Sets every entry of `from` in `into`.
    pub(super) fn merge(&mut self, into: u32, from: u32) -> Result<(), Fault> {
        self.reserve_items(self.entries(from).len())?;
        let entries: Vec<(Value, Value)> = self.entries(from).values().copied().collect();
        entries.into_iter().try_for_each(|(key, value)| self.insert(into, key, value))
    }
}

fn floor_div(one: i64, other: i64) -> i64 {
    let quotient = one.wrapping_div(other);
    if one.wrapping_rem(other) != 0 && (one < 0) != (other < 0) { quotient - 1 } else { quotient }
}

fn shift_left(one: i64, by: i64) -> Result<Value, Fault> {
    if by < 0 {
        return Err(Fault::new("Negative left shift"));
    }
    if by > SHIFT {
        return Err(Fault::new(format!("numbers may be shifted by {SHIFT} bits at most")));
    }
    let shifted = u32::try_from(by).ok().filter(|by| *by < 64).map(|by| one << by);
    let fits = shifted.filter(|shifted| shifted >> by.min(63) == one);
    if one == 0 { Ok(Value::Int(0)) } else { number(fits) }
}

/// How an operator is written.
fn sign(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "+",
        Binary::Subtract => "-",
        Binary::Times => "*",
        Binary::Divide => "//",
        Binary::Modulo => "%",
        Binary::BitAnd => "&",
        Binary::BitOr => "|",
        Binary::BitXor => "^",
        Binary::ShiftLeft => "<<",
        Binary::ShiftRight => ">>",
        Binary::Equal => "==",
        Binary::NotEqual => "!=",
        Binary::Less => "<",
        Binary::LessEqual => "<=",
        Binary::Greater => ">",
        Binary::GreaterEqual => ">=",
        Binary::In => "in",
        Binary::NotIn => "not in",
    }
}
