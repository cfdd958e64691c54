//! Elements, slices and attributes.

use super::fault::Fault;
use super::library;
use super::machine::Machine;
use super::suggest::nearest;
use super::value::{Range, Value};

fn out_of_bound(index: i64) -> Fault {
    Fault::new(format!("Index `{index}` is out of bound"))
}

/// The place of `index`, counted from the end when it is negative.
fn place(index: i64, length: usize) -> Result<usize, Fault> {
    let from_end = if index < 0 { index.saturating_add_unsigned(length as u64) } else { index };
    usize::try_from(from_end).ok().filter(|place| *place < length).ok_or_else(|| out_of_bound(index))
}

/// The places that a slice takes, in order: the first, how many, and how far apart.
pub(super) fn places([start, stop, step]: [Option<i64>; 3], length: usize) -> Result<(i64, usize, i64), Fault> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(out_of_bound(0));
    }
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(lowest, highest);
    let (first, end) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let (start, stop) = (start.map_or(first, bound), stop.map_or(end, bound));
    let span = if step > 0 { stop - start } else { start - stop };
    let count = if span <= 0 { 0 } else { (span - 1) / step.saturating_abs() + 1 };
    Ok((start, usize::try_from(count).unwrap_or(0), step))
}

impl Machine<'_> {
    pub(super) fn not_an_int(&mut self, value: Value) -> Fault {
        self.described(value).map_or_else(|fault| fault, |described| Fault::new(format!("Expected `int`, but got `{described}`")))
    }

    /// `of[index]`
    pub(super) fn item(&mut self, of: Value, index: Value) -> Result<Value, Fault> {
        if let Value::Dict(id) = of {
            let Some(found) = self.heap.lookup(id, index)? else {
                let key = self.repr_of(index)?;
                return Err(Fault::new(format!("Key `{key}` was not found")));
            };
            return Ok(found);
        }
        let number = match (of, index) {
            (Value::Text(_) | Value::List(_) | Value::Tuple(_) | Value::Range(_), Value::Int(number)) => number,
            (Value::Text(_), _) => return Err(self.mismatch("Type of parameters mismatch", "int", index)),
            (Value::List(_) | Value::Tuple(_) | Value::Range(_), _) => return Err(self.not_an_int(index)),
            _ => return Err(self.heap.unsupported("[]", of, index)),
        };
        match of {
            Value::Text(id) => {
                let text = self.heap.str(id);
                self.heap.budget.reading(text.len())?;
                let at = place(number, text.chars().count())?;
                let c = text.chars().nth(at).unwrap_or_default();
                self.heap.text(c.to_string())
            }
            Value::Tuple(id) => {
                let members = self.heap.members(id);
                Ok(members[place(number, members.len())?])
            }
            Value::Range(range) => range.at(place(number, range.len())?).ok_or_else(|| out_of_bound(number)),
            Value::List(id) => {
                let items = self.heap.items(id);
                Ok(items[place(number, items.len())?])
            }
            _ => Err(self.heap.unsupported("[]", of, index)),
        }
    }

    /// `of[index] = value`
    pub(super) fn set_item(&mut self, of: Value, index: Value, value: Value) -> Result<(), Fault> {
        match (of, index) {
            (Value::Dict(id), _) => self.heap.insert(id, index, value),
            (Value::List(id), Value::Int(number)) => {
                let at = place(number, self.heap.items(id).len())?;
                self.heap.items_mut(id)?[at] = value;
                Ok(())
            }
            (Value::List(_), _) => Err(self.not_an_int(index)),
            _ => Err(Fault::new("Immutable")),
        }
    }

    pub(super) fn sliced(&mut self, of: Value, bounds: [Option<i64>; 3]) -> Result<Value, Fault> {
        match of {
            Value::Text(id) => {
                let text = self.heap.str(id);
                self.heap.budget.reading(text.len())?;
                self.heap.budget.bytes(4 * text.len())?;
                let chars: Vec<char> = text.chars().collect();
                let taken = places(bounds, chars.len())?;
                self.heap.text(pick(&chars, taken).into_iter().collect::<String>())
            }
            Value::List(id) => {
                let taken = places(bounds, self.heap.items(id).len())?;
                self.heap.reserve_items(taken.1)?;
                let items = pick(self.heap.items(id), taken);
                self.heap.list(items)
            }
            Value::Tuple(id) => {
                let members = self.heap.members(id);
                let taken = places(bounds, members.len())?;
                self.heap.reserve_items(taken.1)?;
                self.heap.tuple(pick(&members, taken))
            }
            Value::Range(range) => slice_of_range(range, bounds),
            _ => Err(Fault::new(format!("Operation `[::]` not supported on type `{}`", self.heap.type_name(of)))),
        }
    }

    /// `of.name`, where it is not called at once.
    pub(super) fn attribute(&mut self, of: Value, name: &str) -> Result<Value, Fault> {
        match library::method(of, name) {
            Some(method) => self.heap.method(of, method),
            None => Err(self.no_attribute(of, name)),
        }
    }

    pub(super) fn no_attribute(&self, of: Value, name: &str) -> Fault {
        let hint = nearest(name, library::methods_of(of)).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        Fault::new(format!("Object of type `{}` has no attribute `{name}`{hint}", self.heap.type_name(of)))
    }

    /// What is said about a value of another type than the one that is needed.
    pub(super) fn mismatch(&mut self, what: &str, expected: &str, value: Value) -> Fault {
        let described = self.described(value);
        described.map_or_else(|fault| fault, |shown| Fault::new(format!("{what}, expected `{expected}`, actual `{shown}`")))
    }

    /// A value as messages describe it: its type, and how it would be written, the middle left out when that is long.
    fn described(&mut self, value: Value) -> Result<String, Fault> {
        const LONGEST: usize = 60;
        const BEGIN: usize = 34;
        const END: usize = 17;
        let text = self.repr_of(value)?;
        let text = if text.len() > LONGEST {
            let (begin, end) = (text.floor_char_boundary(BEGIN), text.ceil_char_boundary(text.len() - END));
            format!("{}<<...>>{}", &text[..begin], &text[end..])
        } else {
            text
        };
        Ok(format!("{} (repr: {text})", self.heap.type_name(value)))
    }
}

fn pick<T: Copy>(all: &[T], (start, count, step): (i64, usize, i64)) -> Vec<T> {
    let at = |index: usize| start + i64::try_from(index).unwrap_or_default() * step;
    (0..count).filter_map(|index| all.get(usize::try_from(at(index)).ok()?).copied()).collect()
}

fn slice_of_range(range: Range, bounds: [Option<i64>; 3]) -> Result<Value, Fault> {
    let (start, count, step) = places(bounds, range.len())?;
    let at = |index: i64| i32::try_from(i64::from(range.start) + index * i64::from(range.step));
    let count = i64::try_from(count).unwrap_or_default();
    let last = i64::try_from(range.len()).unwrap_or(i64::MAX);
    let (start, stop) = (at(start), at(start.saturating_add(count.saturating_mul(step)).clamp(-1, last)));
    let step = i32::try_from(step).ok().and_then(|step| step.checked_mul(range.step));
    match (start, stop, step) {
        (Ok(start), Ok(stop), Some(step)) => Ok(Value::Range(Range { start, stop, step })),
        _ => Err(Fault::new("Integer overflow: ranges have 32 bits")),
    }
}
