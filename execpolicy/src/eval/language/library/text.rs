//! Methods of texts that look for something or put something together.
//!
//! Places in a text are counted in characters, as the language does, not in bytes.

use std::rc::Rc;

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::index::places;
use super::super::machine::Machine;
use super::super::value::Value;

/// The byte at which a character begins; the end of the text for one that is not there.
fn byte_of(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// A piece of a text: where it begins, and what it says. `None` when it would begin behind the end.
fn window(machine: &mut Machine<'_>, text: &str, arguments: &Arguments) -> Result<Option<(usize, usize)>, Fault> {
    let start = machine.bound_argument("start", arguments.get(1))?;
    let end = machine.bound_argument("end", arguments.get(2))?;
    let length = text.chars().count();
    if start.is_some_and(|start| usize::try_from(start).is_ok_and(|start| start > length)) {
        return Ok(None);
    }
    let (first, count, _) = places([start, end, None], length)?;
    let first = usize::try_from(first).unwrap_or_default();
    Ok(Some((byte_of(text, first), byte_of(text, first.saturating_add(count)))))
}

/// Where a part stands, in characters.
fn found(
    machine: &mut Machine<'_>,
    of: Value,
    arguments: &Arguments,
    search: fn(&str, &str) -> Option<usize>,
) -> Result<Option<Value>, Fault> {
    arguments.count(1, 3)?;
    let text = machine.own_text(of)?;
    let needle = machine.text_argument("needle", "str", arguments.at(0))?;
    machine.heap.budget.reading(3 * text.len() + needle.len())?;
    let Some((begin, end)) = window(machine, &text, arguments)? else { return Ok(None) };
    let at = search(&text[begin..end], &needle);
    Ok(at.map(|at| Value::Int(i64::try_from(text[..begin + at].chars().count()).unwrap_or(i64::MAX))))
}

fn found_or_fault(machine: &mut Machine<'_>, of: Value, arguments: &Arguments, at: Option<Value>) -> Result<Value, Fault> {
    if let Some(at) = at {
        return Ok(at);
    }
    let (needle, text) = (machine.str_of(arguments.at(0))?, machine.str_of(of)?);
    Err(Fault::new(format!("Substring '{needle}' not found in '{text}'")))
}

pub(super) fn find(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    Ok(found(machine, of, &arguments, |text, part| text.find(part))?.unwrap_or(Value::Int(-1)))
}

pub(super) fn rfind(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    Ok(found(machine, of, &arguments, |text, part| text.rfind(part))?.unwrap_or(Value::Int(-1)))
}

pub(super) fn index(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let at = found(machine, of, &arguments, |text, part| text.find(part))?;
    found_or_fault(machine, of, &arguments, at)
}

pub(super) fn rindex(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let at = found(machine, of, &arguments, |text, part| text.rfind(part))?;
    found_or_fault(machine, of, &arguments, at)
}

pub(super) fn count(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 3)?;
    let text = machine.own_text(of)?;
    let needle = machine.text_argument("needle", "str", arguments.at(0))?;
    machine.heap.budget.reading(3 * text.len() + needle.len())?;
    let count = match window(machine, &text, &arguments)? {
        Some((begin, end)) => text[begin..end].matches(&*needle).count(),
        None => 0,
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

pub(super) fn elems(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let text = machine.own_text(of)?;
    let mut buffer = [0; 4];
    let list = machine.heap.list(Vec::new())?;
    if let Value::List(id) = list {
        for c in text.chars() {
            let one = machine.heap.text(&*c.encode_utf8(&mut buffer))?;
            machine.heap.push(id, one)?;
        }
    }
    Ok(list)
}

pub(super) fn codepoints(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let text = machine.own_text(of)?;
    machine.heap.reserve_items(text.chars().count())?;
    machine.heap.list(text.chars().map(|c| Value::Int(i64::from(u32::from(c)))).collect())
}

/// Whether a text begins or ends with something, or with any of a tuple.
fn touches(machine: &mut Machine<'_>, of: Value, arguments: &Arguments, name: &str, test: fn(&str, &str) -> bool) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.own_text(of)?;
    let tries = match arguments.at(0) {
        Value::Tuple(id) => machine.heap.members(id),
        one => Rc::from([one]),
    };
    for part in tries.iter() {
        let part = machine.text_argument(name, "str | tuple[str, ...]", *part)?;
        machine.heap.budget.reading(part.len().min(text.len()))?;
        if test(&text, &part) {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn startswith(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    touches(machine, of, &arguments, "prefix", |text, part| text.starts_with(part))
}

pub(super) fn endswith(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    touches(machine, of, &arguments, "suffix", |text, part| text.ends_with(part))
}

pub(super) fn removeprefix(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.own_text(of)?;
    let prefix = machine.text_argument("prefix", "str", arguments.at(0))?;
    machine.heap.text(text.strip_prefix(&*prefix).unwrap_or(&text))
}

pub(super) fn removesuffix(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.own_text(of)?;
    let suffix = machine.text_argument("suffix", "str", arguments.at(0))?;
    machine.heap.text(text.strip_suffix(&*suffix).unwrap_or(&text))
}

/// Takes blanks, or the given characters, off one end or both.
fn stripped(machine: &mut Machine<'_>, of: Value, arguments: &Arguments, left: bool, right: bool) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    let text = machine.own_text(of)?;
    let chars = arguments.get(0).map(|chars| machine.text_argument("chars", "str", chars)).transpose()?;
    machine.heap.budget.reading(text.len().saturating_mul(chars.as_ref().map_or(1, |chars| chars.len())))?;
    let taken = |c: char| chars.as_ref().map_or(c.is_whitespace(), |chars| chars.contains(c));
    let mut rest: &str = &text;
    if left {
        rest = rest.trim_start_matches(taken);
    }
    if right {
        rest = rest.trim_end_matches(taken);
    }
    machine.heap.text(rest)
}

pub(super) fn strip(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    stripped(machine, of, &arguments, true, true)
}

pub(super) fn lstrip(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    stripped(machine, of, &arguments, true, false)
}

pub(super) fn rstrip(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    stripped(machine, of, &arguments, false, true)
}

pub(super) fn partition(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let (text, separator) = separator(machine, of, &arguments)?;
    parts(machine, text.split_once(&*separator).map(|(before, after)| [before, &separator, after]).unwrap_or([&text, "", ""]))
}

pub(super) fn rpartition(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let (text, separator) = separator(machine, of, &arguments)?;
    parts(machine, text.rsplit_once(&*separator).map(|(before, after)| [before, &separator, after]).unwrap_or(["", "", &text]))
}

fn separator(machine: &mut Machine<'_>, of: Value, arguments: &Arguments) -> Result<(Rc<str>, Rc<str>), Fault> {
    arguments.count(1, 1)?;
    let text = machine.own_text(of)?;
    let separator = machine.text_argument("needle", "str", arguments.at(0))?;
    if separator.is_empty() {
        return Err(Fault::new("Empty separator cannot be used for partitioning"));
    }
    Ok((text, separator))
}

fn parts(machine: &mut Machine<'_>, three: [&str; 3]) -> Result<Value, Fault> {
    let [before, separator, after] = three;
    let parts = [machine.heap.text(before)?, machine.heap.text(separator)?, machine.heap.text(after)?];
    machine.heap.tuple(parts)
}

pub(super) fn replace(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(2, 3)?;
    let text = machine.own_text(of)?;
    let old = machine.text_argument("old", "str", arguments.at(0))?;
    let new = machine.text_argument("new", "str", arguments.at(1))?;
    let most = match machine.int_argument("count", arguments.get(2))? {
        None => usize::MAX,
        Some(count) => usize::try_from(count).map_err(|_| Fault::new(format!("Replace final argument was negative '{count}'")))?,
    };
    machine.heap.budget.reading(2 * (text.len() + old.len()))?;
    let times = text.matches(&*old).take(most).count();
    let size = text.len().saturating_add(times.saturating_mul(new.len()));
    machine.heap.budget.bytes(size)?;
    machine.heap.budget.reading(size)?;
    machine.heap.text(text.replacen(&*old, &new, times))
}

pub(super) fn join(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let separator = machine.own_text(of)?;
    let mut out = String::new();
    for (index, item) in machine.heap.elements(arguments.at(0))?.iter().enumerate() {
        if index > 0 {
            machine.write(&separator, &mut out)?;
        }
        let item = machine.text_argument("to_join", "str", *item)?;
        machine.write(&item, &mut out)?;
    }
    machine.heap.text(out)
}

pub(super) fn format(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let text = machine.own_text(of)?;
    let out = machine.format(&text, &arguments)?;
    machine.heap.text(out)
}
