//! Methods of lists and dictionaries, and the function that makes a dictionary.

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::index::places;
use super::super::machine::Machine;
use super::super::value::Value;

/// The number of a list or dictionary, which the table of methods has made sure of.
fn id(of: Value) -> u32 {
    match of {
        Value::List(id) | Value::Dict(id) => id,
        _ => u32::MAX,
    }
}

pub(super) fn append(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    machine.heap.push(id(of), arguments.at(0)).map(|()| Value::None)
}

pub(super) fn clear_list(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    machine.heap.items_mut(id(of))?.clear();
    Ok(Value::None)
}

pub(super) fn extend(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let items = machine.heap.elements(arguments.at(0))?;
    machine.heap.reserve_items(items.len())?;
    machine.heap.items_mut(id(of))?.extend(items.iter());
    Ok(Value::None)
}

pub(super) fn index(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 3)?;
    let start = machine.bound_argument("start", arguments.get(1))?;
    let end = machine.bound_argument("end", arguments.get(2))?;
    let items = machine.heap.elements(of)?;
    let (first, count, _) = places([start, end, None], items.len())?;
    let first = usize::try_from(first).unwrap_or_default();
    for (index, item) in items.iter().enumerate().skip(first).take(count) {
        if machine.heap.equal(*item, arguments.at(0))? {
            return Ok(Value::Int(i64::try_from(index).unwrap_or(i64::MAX)));
        }
    }
    let (needle, this) = (machine.str_of(arguments.at(0))?, machine.repr_of(of)?);
    Err(Fault::new(format!("Element '{needle}' not found in '{this}'")))
}

pub(super) fn insert(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(2, 2)?;
    let index = machine.int_argument("index", arguments.get(0))?.unwrap_or_default();
    let length = machine.heap.items(id(of)).len();
    let (at, _, _) = places([Some(index), None, None], length)?;
    machine.heap.reserve_items(1)?;
    machine.heap.budget.steps(length / 8)?;
    machine.heap.items_mut(id(of))?.insert(usize::try_from(at).unwrap_or(length), arguments.at(1));
    Ok(Value::None)
}

pub(super) fn pop_item(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    let length = machine.heap.items(id(of)).len();
    let last = i64::try_from(length).unwrap_or(i64::MAX) - 1;
    let index = machine.int_argument("index", arguments.get(0))?.unwrap_or(last);
    let items = machine.heap.items_mut(id(of))?;
    let Some(at) = usize::try_from(index).ok().filter(|at| *at < length) else {
        return Err(Fault::new(format!("Index `{index}` is out of bound")));
    };
    let item = items.remove(at);
    machine.heap.budget.steps((length - at) / 8)?;
    Ok(item)
}

pub(super) fn remove(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let items = machine.heap.elements(of)?;
    for (index, item) in items.iter().enumerate() {
        if machine.heap.equal(*item, arguments.at(0))? {
            machine.heap.items_mut(id(of))?.remove(index);
            return Ok(Value::None);
        }
    }
    let (needle, this) = (machine.str_of(arguments.at(0))?, machine.repr_of(of)?);
    Err(Fault::new(format!("Element '{needle}' not found in list '{this}'")))
}

pub(super) fn dict(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    if arguments.positional.len() > 1 {
        Arguments { positional: arguments.positional, named: Vec::new() }.count(0, 1)?;
        return Ok(Value::None);
    }
    let made = machine.heap.dict()?;
    fill(machine, made, arguments, "the positional argument of dict()")?;
    Ok(made)
}

pub(super) fn update(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    if arguments.positional.len() > 1 {
        Arguments { positional: arguments.positional, named: Vec::new() }.count(0, 1)?;
        return Ok(Value::None);
    }
    fill(machine, of, arguments, "dict.update()")?;
    Ok(Value::None)
}

/// Sets the entries of a dictionary, or those that pairs make, and then the named ones.
fn fill(machine: &mut Machine<'_>, into: Value, arguments: Arguments, what: &str) -> Result<(), Fault> {
    match arguments.get(0) {
        None => {}
        Some(Value::Dict(from)) => machine.heap.merge(id(into), from)?,
        Some(pairs) => {
            for pair in machine.heap.elements(pairs)?.iter() {
                let both = machine.heap.elements(*pair)?;
                let [key, value] = *both else {
                    let shown = machine.repr_of(*pair)?;
                    return Err(Fault::new(format!("Found a non-pair element in {what}: {shown}")));
                };
                machine.heap.insert(id(into), key, value)?;
            }
        }
    }
    for (name, value) in arguments.named {
        let key = machine.heap.text(name)?;
        machine.heap.insert(id(into), key, value)?;
    }
    Ok(())
}

pub(super) fn clear_dict(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    machine.heap.entries_mut(id(of))?.clear();
    Ok(Value::None)
}

pub(super) fn get(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 2)?;
    Ok(machine.heap.lookup(id(of), arguments.at(0))?.unwrap_or(arguments.at(1)))
}

pub(super) fn keys(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let keys = machine.heap.elements(of)?;
    machine.heap.list(keys.to_vec())
}

pub(super) fn values(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    machine.heap.reserve_items(machine.heap.entries(id(of)).len())?;
    let values = machine.heap.entries(id(of)).values().map(|(_, value)| *value).collect();
    machine.heap.list(values)
}

pub(super) fn items(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    machine.heap.reserve_items(machine.heap.entries(id(of)).len())?;
    let pairs: Vec<(Value, Value)> = machine.heap.entries(id(of)).values().copied().collect();
    let pairs = pairs.into_iter().map(|(key, value)| machine.heap.tuple([key, value])).collect::<Result<_, _>>()?;
    machine.heap.list(pairs)
}

pub(super) fn pop_entry(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 2)?;
    let key = machine.heap.key(arguments.at(0))?;
    let length = machine.heap.entries(id(of)).len();
    machine.heap.budget.steps(length / 8)?;
    if let Some((_, value)) = machine.heap.entries_mut(id(of))?.shift_remove(&key) {
        return Ok(value);
    }
    if let Some(default) = arguments.get(1) {
        return Ok(default);
    }
    let (key, this) = (machine.repr_of(arguments.at(0))?, machine.repr_of(of)?);
    Err(Fault::new(format!("Key `{key}` not found in dictionary `{this}`")))
}

/// The entry that was there first.
pub(super) fn popitem(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let length = machine.heap.entries(id(of)).len();
    machine.heap.budget.steps(length / 8)?;
    match machine.heap.entries_mut(id(of))?.shift_remove_index(0) {
        Some((_, (key, value))) => machine.heap.tuple([key, value]),
        None => Err(Fault::new("Cannot .popitem() on an empty dictionary")),
    }
}

pub(super) fn setdefault(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 2)?;
    if let Some(found) = machine.heap.lookup(id(of), arguments.at(0))? {
        return Ok(found);
    }
    machine.heap.insert(id(of), arguments.at(0), arguments.at(1))?;
    Ok(arguments.at(1))
}
