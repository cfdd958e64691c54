//! Values as text: as they would be written, or as they read.
//!
//! Goes through nested values without recursion. Before a piece is added the budget is asked for it.

use std::collections::HashSet;
use std::fmt::Write;
use std::rc::Rc;

use super::fault::Fault;
use super::machine::Machine;
use super::value::Value;

/// What is still to be written, the next thing last.
enum Todo {
    Value(Value),
    Text(&'static str),
    /// A list or dictionary that has been opened ends.
    Close(Value, &'static str),
}

impl Machine<'_> {
    /// Adds a value as it reads: a text as itself, anything else as it would be written.
    pub(super) fn write_str(&mut self, value: Value, out: &mut String) -> Result<(), Fault> {
        match value {
            Value::Text(id) => {
                let text = self.heap.str(id);
                self.write(&text, out)
            }
            _ => self.write_repr(value, out),
        }
    }

    /// Adds a piece of text, if there is memory for it.
    pub(super) fn write(&mut self, text: &str, out: &mut String) -> Result<(), Fault> {
        self.heap.budget.bytes(text.len())?;
        self.heap.budget.steps(text.len() / 64 + 1)?;
        out.push_str(text);
        Ok(())
    }

    pub(super) fn str_of(&mut self, value: Value) -> Result<String, Fault> {
        let mut out = String::new();
        self.write_str(value, &mut out)?;
        Ok(out)
    }

    pub(super) fn repr_of(&mut self, value: Value) -> Result<String, Fault> {
        let mut out = String::new();
        self.write_repr(value, &mut out)?;
        Ok(out)
    }

    /// Adds a value as it would be written in a file.
    pub(super) fn write_repr(&mut self, value: Value, out: &mut String) -> Result<(), Fault> {
        let mut todo = vec![Todo::Value(value)];
        let mut open = HashSet::new();
        while let Some(next) = todo.pop() {
            match next {
                Todo::Text(text) => self.write(text, out)?,
                Todo::Close(value, text) => {
                    open.remove(&identity(value));
                    self.write(text, out)?;
                }
                Todo::Value(value @ (Value::List(_) | Value::Tuple(_) | Value::Dict(_))) => {
                    if open.insert(identity(value)) {
                        self.open(value, &mut todo, out)?;
                    } else {
                        let inside = if let Value::Dict(_) = value { "{...}" } else { "[...]" };
                        self.write(inside, out)?;
                    }
                }
                Todo::Value(value) => self.write_plain(value, out)?,
            }
        }
        Ok(())
    }

    /// Writes how a value with elements begins, and notes what is to come.
    fn open(&mut self, value: Value, todo: &mut Vec<Todo>, out: &mut String) -> Result<(), Fault> {
        let keys = self.heap.elements(value)?;
        let (begin, end) = match value {
            Value::List(_) => ("[", "]"),
            Value::Dict(_) => ("{", "}"),
            _ if keys.len() == 1 => ("(", ",)"),
            _ => ("(", ")"),
        };
        self.write(begin, out)?;
        todo.push(Todo::Close(value, end));
        for (index, key) in keys.iter().enumerate().rev() {
            if let Value::Dict(dict) = value
                && let Some((_, (_, entry))) = self.heap.entries(dict).get_index(index)
            {
                todo.push(Todo::Value(*entry));
                todo.push(Todo::Text(": "));
            }
            todo.push(Todo::Value(*key));
            if index > 0 {
                todo.push(Todo::Text(", "));
            }
        }
        Ok(())
    }

    fn write_plain(&mut self, value: Value, out: &mut String) -> Result<(), Fault> {
        let text: Rc<str> = match value {
            Value::Text(id) => {
                let text = self.heap.str(id);
                // Every character may become an escape of ten.
                self.heap.budget.bytes(text.len().saturating_mul(2))?;
                Rc::from(quoted(&text))
            }
            Value::Bool(true) => Rc::from("True"),
            Value::Bool(false) => Rc::from("False"),
            Value::Int(number) => Rc::from(number.to_string()),
            Value::Range(range) => match (range.start, range.stop, range.step) {
                (0, stop, 1) => Rc::from(format!("range({stop})")),
                (start, stop, 1) => Rc::from(format!("range({start}, {stop})")),
                (start, stop, step) => Rc::from(format!("range({start}, {stop}, {step})")),
            },
            Value::Function(_) | Value::BuiltIn(_) | Value::Method(_) => self.function_name(value),
            Value::None | Value::List(_) | Value::Tuple(_) | Value::Dict(_) => Rc::from("None"),
        };
        self.write(&text, out)
    }
}

fn identity(value: Value) -> (u8, u32) {
    match value {
        Value::List(id) => (0, id),
        Value::Tuple(id) => (1, id),
        Value::Dict(id) => (2, id),
        _ => (3, 0),
    }
}

/// A text as it would be written: ASCII alone, everything else as escapes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let code = u32::from(c);
        // Writing to a string cannot fail.
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            ' '..='~' => out.write_char(c),
            _ if code <= 0xff => write!(out, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out.push('"');
    out
}
