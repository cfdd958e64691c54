//! Functions that go through the elements of something.

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::limits::ELEMENTS;
use super::super::machine::Machine;
use super::super::value::{Range, Value};

pub(super) fn all(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let items = machine.heap.elements(arguments.at(0))?;
    Ok(Value::Bool(items.iter().all(|item| machine.heap.truth(*item))))
}

pub(super) fn any(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let items = machine.heap.elements(arguments.at(0))?;
    Ok(Value::Bool(items.iter().any(|item| machine.heap.truth(*item))))
}

pub(super) fn enumerate(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    let bound = arguments.bind("enumerate", &["it", "start"], 1)?;
    let start = machine.int_argument("start", bound[1])?.unwrap_or(0);
    let items = machine.heap.elements(bound[0].unwrap_or(Value::None))?;
    let pairs = items.iter().enumerate().map(|(index, item)| {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        machine.heap.tuple([Value::Int(start.saturating_add(index)), *item])
    });
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    machine.heap.list(pairs)
}

pub(super) fn len(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let length = match arguments.at(0) {
        Value::Text(id) => {
            let text = machine.heap.str(id);
            machine.heap.budget.reading(text.len())?;
            text.chars().count()
        }
        Value::List(id) => machine.heap.items(id).len(),
        Value::Tuple(id) => machine.heap.members(id).len(),
        Value::Dict(id) => machine.heap.entries(id).len(),
        Value::Range(range) => range.len(),
        other => return Err(Fault::new(format!("Operation `len()` not supported on type `{}`", machine.heap.type_name(other)))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

pub(super) fn list(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    let items = arguments.get(0).map(|of| machine.heap.elements(of)).transpose()?;
    machine.heap.list(items.map(|items| items.to_vec()).unwrap_or_default())
}

pub(super) fn tuple(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    let items = arguments.get(0).map(|of| machine.heap.elements(of)).transpose()?;
    machine.heap.tuple(items.unwrap_or_default())
}

pub(super) fn reversed(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let mut items = machine.heap.elements(arguments.at(0))?.to_vec();
    items.reverse();
    machine.heap.list(items)
}

pub(super) fn zip(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    if !arguments.named.is_empty() {
        arguments.count(0, usize::MAX)?;
    }
    let lists = arguments.positional.iter().map(|of| machine.heap.elements(*of)).collect::<Result<Vec<_>, _>>()?;
    let shortest = lists.iter().map(|list| list.len()).min().unwrap_or(0);
    machine.heap.reserve_items(shortest.saturating_mul(lists.len()))?;
    let tuples = (0..shortest).map(|index| machine.heap.tuple(lists.iter().map(|list| list[index]).collect::<Vec<_>>()));
    let tuples = tuples.collect::<Result<Vec<_>, _>>()?;
    machine.heap.list(tuples)
}

pub(super) fn range(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 3)?;
    let mut bounds = [0_i32; 3];
    for (index, name) in ["a1", "a2", "step"].into_iter().enumerate() {
        let Some(number) = machine.int_argument(name, arguments.get(index))? else { continue };
        bounds[index] = i32::try_from(number).map_err(|_| Fault::new(format!("Integer overflow: ranges have 32 bits (got {number})")))?;
    }
    let [first, second, third] = bounds;
    let (start, stop) = if arguments.get(1).is_some() { (first, second) } else { (0, first) };
    let step = if arguments.get(2).is_some() { third } else { 1 };
    if step == 0 {
        return Err(Fault::new("range step cannot be zero"));
    }
    let range = Range { start, stop, step };
    if range.len() > ELEMENTS {
        return Err(Fault::new(format!("a range may have {ELEMENTS} numbers at most")));
    }
    Ok(Value::Range(range))
}
