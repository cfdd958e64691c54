//! Order: `sorted`, `min`, `max`.

use std::cmp::Ordering;

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::machine::Machine;
use super::super::value::Value;

/// An element and what it is ordered by.
type Keyed = (Value, Value);

impl Machine<'_> {
    fn keyed(&mut self, items: &[Value], key: Option<Value>) -> Result<Vec<Keyed>, Fault> {
        let Some(key) = key else { return Ok(items.iter().map(|item| (*item, *item)).collect()) };
        let call = |item: &Value| {
            let arguments = Arguments { positional: vec![*item], named: Vec::new() };
            Ok((self.invoke(key, arguments, None)?, *item))
        };
        items.iter().map(call).collect()
    }
}

/// Sorts without mixing equals. The standard library's sorting wants an order that cannot fail.
fn merge_sort(machine: &mut Machine<'_>, mut items: Vec<Keyed>, order: Ordering) -> Result<Vec<Keyed>, Fault> {
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for chunk in items.chunks(2 * width) {
            let (mut left, mut right) = chunk.split_at(width.min(chunk.len()));
            while let ([first, ..], [second, ..]) = (left, right) {
                if machine.heap.compare(second.0, first.0)? == order {
                    merged.push(*second);
                    right = &right[1..];
                } else {
                    merged.push(*first);
                    left = &left[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

pub(super) fn sorted(machine: &mut Machine<'_>, mut arguments: Arguments) -> Result<Value, Fault> {
    let extra = arguments.positional.len().saturating_sub(1);
    if extra > 0 {
        return Err(Fault::new(format!("Found {extra} extra positional argument(s) for call to sorted")));
    }
    arguments.positional.truncate(1);
    let bound = arguments.bind("sorted", &["x", "key", "reverse"], 1)?;
    let items = machine.heap.elements(bound[0].unwrap_or(Value::None))?;
    let order = match bound[2] {
        None | Some(Value::Bool(false)) => Ordering::Less,
        Some(Value::Bool(true)) => Ordering::Greater,
        Some(other) => return Err(machine.mismatch("Type of parameter `reverse` doesn't match", "bool", other)),
    };
    let key = bound[1].filter(|key| !matches!(key, Value::None));
    let keyed = machine.keyed(&items, key)?;
    machine.heap.reserve_items(2 * keyed.len())?;
    let sorted = merge_sort(machine, keyed, order)?;
    machine.heap.list(sorted.into_iter().map(|(_, item)| item).collect())
}

pub(super) fn max(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    extreme(machine, arguments, "max", Ordering::Greater)
}

pub(super) fn min(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    extreme(machine, arguments, "min", Ordering::Less)
}

/// The first element that no other one beats.
fn extreme(machine: &mut Machine<'_>, arguments: Arguments, function: &str, beats: Ordering) -> Result<Value, Fault> {
    let mut key = None;
    for (name, value) in &arguments.named {
        if &**name != "key" {
            return Err(Fault::new(format!("Found `{name}` extra named parameter(s) for call to {function}")));
        }
        key = Some(*value).filter(|key| !matches!(key, Value::None));
    }
    let items = match *arguments.positional {
        [all] => machine.heap.elements(all)?,
        ref several => several.into(),
    };
    let keyed = machine.keyed(&items, key)?;
    let mut found: Option<Keyed> = None;
    for next in keyed {
        let better = match found {
            None => true,
            Some(best) => machine.heap.compare(best.0, next.0)? == beats.reverse(),
        };
        if better {
            found = Some(next);
        }
    }
    let empty = "Argument is an empty iterable, max() expect a non empty iterable";
    found.map(|(_, item)| item).ok_or_else(|| Fault::new(empty))
}
