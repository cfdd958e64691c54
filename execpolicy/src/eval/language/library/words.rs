//! Methods of texts that take them apart, or are about capital and small letters.

use std::rc::Rc;

use super::super::call::Arguments;
use super::super::fault::Fault;
use super::super::machine::Machine;
use super::super::value::Value;

/// The separator, `None` for blanks, and how often to split at most.
type Splitting = (Rc<str>, Option<Rc<str>>, usize);

fn splitting(machine: &mut Machine<'_>, of: Value, arguments: &Arguments) -> Result<Splitting, Fault> {
    arguments.count(0, 2)?;
    let text = machine.own_text(of)?;
    let separator = match arguments.at(0) {
        Value::None => None,
        other => Some(machine.text_argument("sep", "None | str", other)?),
    };
    let most = machine.bound_argument("maxsplit", arguments.get(1))?.and_then(|most| usize::try_from(most).ok());
    Ok((text, separator, most.unwrap_or(usize::MAX)))
}

pub(super) fn split(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let (text, separator, most) = splitting(machine, of, &arguments)?;
    match separator {
        Some(separator) => machine.texts(text.splitn(most.saturating_add(1), &*separator)),
        None => machine.texts(Blanks { rest: &text, left: most }),
    }
}

pub(super) fn rsplit(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    let (text, separator, most) = splitting(machine, of, &arguments)?;
    machine.heap.budget.bytes(32 * text.len())?;
    let mut pieces: Vec<&str> = match separator {
        Some(separator) => text.rsplitn(most.saturating_add(1), &*separator).collect(),
        None => BlanksFromEnd { rest: &text, left: most }.collect(),
    };
    pieces.reverse();
    machine.texts(pieces.into_iter())
}

/// Words with blanks between them; the last one takes the rest.
struct Blanks<'t> {
    rest: &'t str,
    left: usize,
}

impl<'t> Iterator for Blanks<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_start();
        let end = if self.left == 0 { None } else { rest.find(char::is_whitespace) };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        self.left = self.left.saturating_sub(1);
        self.rest = after;
        if word.is_empty() { None } else { Some(word) }
    }
}

/// The same, from the end.
struct BlanksFromEnd<'t> {
    rest: &'t str,
    left: usize,
}

impl<'t> Iterator for BlanksFromEnd<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest.trim_end();
        let blank = if self.left == 0 { None } else { rest.char_indices().rev().find(|(_, c)| c.is_whitespace()) };
        let begin = blank.map_or(0, |(at, c)| at + c.len_utf8());
        self.left = self.left.saturating_sub(1);
        self.rest = &rest[..begin];
        if rest.is_empty() { None } else { Some(&rest[begin..]) }
    }
}

pub(super) fn splitlines(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    arguments.count(0, 1)?;
    let text = machine.own_text(of)?;
    let keep = machine.heap.truth(arguments.at(0));
    let mut rest: &str = &text;
    let lines = std::iter::from_fn(|| {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let ending = if rest[end..].starts_with("\r\n") { 2 } else { 1.min(rest.len() - end) };
        let line = &rest[..if keep { end + ending } else { end }];
        rest = &rest[end + ending..];
        Some(line)
    });
    machine.texts(lines)
}

/// Makes a text of the characters of another.
fn mapped(machine: &mut Machine<'_>, of: Value, arguments: &Arguments, map: fn(&str) -> String) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let text = machine.own_text(of)?;
    machine.heap.budget.bytes(3 * text.len())?;
    machine.heap.text(map(&text))
}

pub(super) fn lower(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    mapped(machine, of, &arguments, str::to_lowercase)
}

pub(super) fn upper(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    mapped(machine, of, &arguments, str::to_uppercase)
}

pub(super) fn capitalize(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    mapped(machine, of, &arguments, |text| with_capitals(text, |index, _| index == 0))
}

pub(super) fn title(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    mapped(machine, of, &arguments, |text| with_capitals(text, |_, before| !before.is_some_and(char::is_alphabetic)))
}

fn with_capitals(text: &str, is_capital: fn(usize, Option<char>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (index, c) in text.chars().enumerate() {
        if is_capital(index, before) {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    out
}

/// Asks something about a text.
fn asked(machine: &mut Machine<'_>, of: Value, arguments: &Arguments, test: fn(&str) -> bool) -> Result<Value, Fault> {
    arguments.count(0, 0)?;
    let text = machine.own_text(of)?;
    Ok(Value::Bool(test(&text)))
}

pub(super) fn isalnum(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| !text.is_empty() && text.chars().all(char::is_alphanumeric))
}

pub(super) fn isalpha(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| !text.is_empty() && text.chars().all(char::is_alphabetic))
}

pub(super) fn isdigit(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| !text.is_empty() && text.chars().all(char::is_numeric))
}

pub(super) fn isspace(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| !text.is_empty() && text.chars().all(char::is_whitespace))
}

pub(super) fn islower(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))
}

pub(super) fn isupper(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))
}

/// Capitals begin words, and nothing else does.
pub(super) fn istitle(machine: &mut Machine<'_>, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    asked(machine, of, &arguments, |text| {
        let (mut inside, mut any) = (false, false);
        for c in text.chars() {
            let (upper, lower) = (c.is_uppercase(), c.is_lowercase());
            if (upper && inside) || (lower && !inside) {
                return false;
            }
            any |= upper;
            inside = upper || lower;
        }
        any
    })
}
