//! Functions that make one value of another.

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::machine::Machine;
use super::super::value::Value;
use super::{method, methods_of};

pub(super) fn abs(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    match arguments.at(0) {
        Value::Int(number) => {
            number.checked_abs().map(Value::Int).ok_or_else(|| Fault::new("Integer overflow: numbers of rule files have 64 bits"))
        }
        other => Err(machine.mismatch("Type of parameter `x` doesn't match", "int", other)),
    }
}

pub(super) fn bool(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    Ok(Value::Bool(machine.heap.truth(arguments.at(0))))
}

pub(super) fn chr(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let code = machine.int_argument("i", arguments.get(0))?.unwrap_or_default();
    if code < 0 {
        return Err(Fault::new(format!("chr() parameter value negative integer {code}")));
    }
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(c) => machine.heap.text(c.to_string()),
        None => Err(Fault::new(format!("chr() parameter value is 0x{code:x} which is not a valid UTF-8 codepoint"))),
    }
}

pub(super) fn ord(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.text_argument("a", "str", arguments.at(0))?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Value::Int(i64::from(u32::from(c)))),
        _ => {
            let shown = machine.repr_of(arguments.at(0))?;
            Err(Fault::new(format!("ord(): {shown} is not a single character string")))
        }
    }
}

pub(super) fn fail(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    if let Some((name, _)) = arguments.named.first() {
        return Err(Fault::new(format!("Found `{name}` extra named parameter(s) for call to fail")));
    }
    let mut told = String::from("fail: ");
    for (index, value) in arguments.positional.iter().enumerate() {
        if index > 0 {
            told.push(' ');
        }
        machine.write_str(*value, &mut told)?;
    }
    Err(Fault::new(told))
}

pub(super) fn repr(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.repr_of(arguments.at(0))?;
    machine.heap.text(text)
}

pub(super) fn str(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    match arguments.at(0) {
        text @ Value::Text(_) => Ok(text),
        other => {
            let text = machine.str_of(other)?;
            machine.heap.text(text)
        }
    }
}

pub(super) fn type_of(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let name = machine.heap.type_name(arguments.at(0));
    machine.heap.text(name)
}

pub(super) fn int(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    let bound = arguments.bind("int", &["a", "base"], 0)?;
    let base = machine.int_argument("base", bound[1])?;
    match bound[0] {
        None => Ok(Value::Int(0)),
        Some(number @ Value::Int(_)) if base.is_none() => Ok(number),
        Some(Value::Bool(truth)) if base.is_none() => Ok(Value::Int(i64::from(truth))),
        Some(Value::Int(_) | Value::Bool(_)) => Err(Fault::new("int() cannot convert non-string with explicit base")),
        Some(Value::Text(id)) => {
            let text = machine.heap.str(id);
            machine.heap.budget.reading(text.len())?;
            parse(&text, base.unwrap_or(10)).map(Value::Int)
        }
        Some(other) => Err(machine.mismatch("Type of parameter `a` doesn't match", "bool | int | str", other)),
    }
}

fn parse(text: &str, base: i64) -> Result<i64, Fault> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(Fault::new(format!("{base} is not a valid base, int() base must be >= 2 and <= 36")));
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefix = prefixed.into_iter().find(|(prefix, radix)| digits.starts_with(prefix) && (base == 0 || base == *radix));
    let (digits, radix) = match prefix {
        Some((prefix, radix)) => (&digits[prefix.len()..], radix),
        None => (digits, if base == 0 { 10 } else { base }),
    };
    let radix = u32::try_from(radix).unwrap_or(10);
    let bad = || Fault::new(format!("Cannot parse `{text}` as an integer in base {radix}"));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(bad());
    }
    let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
    i64::from_str_radix(&signed, radix).map_err(|_| Fault::new("Integer overflow: numbers of rule files have 64 bits"))
}

pub(super) fn dir(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    machine.texts(methods_of(arguments.at(0)))
}

pub(super) fn hasattr(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(2, 2)?;
    let name = machine.text_argument("attr", "str", arguments.at(1))?;
    Ok(Value::Bool(method(arguments.at(0), &name).is_some()))
}

pub(super) fn getattr(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(2, 3)?;
    let name = machine.text_argument("attr", "str", arguments.at(1))?;
    let of = arguments.at(0);
    match (method(of, &name), arguments.get(2)) {
        (Some(method), _) => machine.heap.method(of, method),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(Fault::new(format!("Operation `.{name}` not supported on type `{}`", machine.heap.type_name(of)))),
    }
}

/// The same number for the same text, everywhere and always.
pub(super) fn hash(machine: &mut Machine<'_>, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(1, 1)?;
    let text = machine.text_argument("a", "str", arguments.at(0))?;
    machine.heap.budget.reading(text.len())?;
    let hash = text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    Ok(Value::Int(i64::from(hash)))
}
