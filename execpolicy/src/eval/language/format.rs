//! Texts with values in them: `"%s" % value` and `"{}".format(value)`.

use super::call::Arguments;
use super::fault::Fault;
use super::machine::Machine;
use super::value::Value;

impl Machine<'_> {
    /// `text % values`
    pub(super) fn percent(&mut self, text: Value, values: Value) -> Result<Value, Fault> {
        let text = self.text_of(text);
        self.heap.budget.reading(text.len())?;
        let mut values = match values {
            Value::Tuple(id) => self.heap.members(id).to_vec(),
            one => vec![one],
        }
        .into_iter();
        let mut out = String::new();
        let mut rest: &str = &text;
        while let Some((before, after)) = rest.split_once('%') {
            self.write(before, &mut out)?;
            let Some(letter) = after.chars().next() else { return Err(Fault::new("Incomplete format")) };
            rest = &after[letter.len_utf8()..];
            if letter == '%' {
                self.write("%", &mut out)?;
                continue;
            }
            if !matches!(letter, 's' | 'r' | 'd' | 'o' | 'x' | 'X') {
                return Err(Fault::new(format!("Unsupported format character: {letter:?}")));
            }
            let value = values.next().ok_or_else(|| Fault::new("Not enough arguments for format string"))?;
            self.percent_one(letter, value, &mut out)?;
        }
        self.write(rest, &mut out)?;
        if values.next().is_some() {
            return Err(Fault::new("Too many arguments for format string"));
        }
        self.heap.text(out)
    }

    fn text_of(&self, text: Value) -> std::rc::Rc<str> {
        if let Value::Text(id) = text { self.heap.str(id) } else { std::rc::Rc::default() }
    }

    fn percent_one(&mut self, letter: char, value: Value, out: &mut String) -> Result<(), Fault> {
        let number = match (letter, value) {
            ('s', _) => return self.write_str(value, out),
            ('r', _) => return self.write_repr(value, out),
            (_, Value::Int(number)) => number,
            _ => {
                let kind = self.heap.type_name(value);
                return Err(Fault::new(format!("Operation `format(%{letter})` not supported on type `{kind}`")));
            }
        };
        let (sign, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
        let written = match letter {
            'o' => format!("{sign}{size:o}"),
            'x' => format!("{sign}{size:x}"),
            'X' => format!("{sign}{size:X}"),
            _ => number.to_string(),
        };
        self.write(&written, out)
    }

    /// `text.format(...)`
    pub(super) fn format(&mut self, text: &str, arguments: &Arguments) -> Result<String, Fault> {
        let mut out = String::new();
        let mut fields = Fields { next: 0, by_number: None };
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            self.write(before, &mut out)?;
            if brace.starts_with("{{") || brace.starts_with("}}") {
                self.write(&brace[..1], &mut out)?;
                rest = &brace[2..];
                continue;
            }
            if brace.starts_with('}') {
                return Err(Fault::new(format!("Standalone '}}' in format string `{text}`")));
            }
            let Some(end) = brace.find('}') else { return Err(Fault::new(format!("Unmatched '{{' in format string `{text}`"))) };
            let field = &brace[1..end];
            rest = &brace[end + 1..];
            let (name, conversion) = field.split_once('!').map_or((field, None), |(name, conversion)| (name, Some(conversion)));
            let value = fields.value(self, name, arguments)?;
            match conversion {
                None | Some("s") => self.write_str(value, &mut out)?,
                Some("r") => self.write_repr(value, &mut out)?,
                Some(_) => return Err(Fault::new(format!("Invalid conversion in format string `{text}`"))),
            }
        }
        self.write(rest, &mut out)?;
        Ok(out)
    }
}

/// How the fields of a text have been named so far.
struct Fields {
    next: usize,
    /// By number, or in order; one text does not mix them.
    by_number: Option<bool>,
}

impl Fields {
    fn value(&mut self, machine: &mut Machine<'_>, name: &str, arguments: &Arguments) -> Result<Value, Fault> {
        if let Some(wrong) = name.chars().find(|c| matches!(c, '.' | ',' | '[' | ']' | '{')) {
            return Err(Fault::new(format!("Invalid character '{wrong}' inside replacement field")));
        }
        let numbered = name.chars().all(|c| c.is_ascii_digit()) && !name.is_empty();
        if !numbered && !name.is_empty() {
            machine.heap.budget.steps(arguments.named.len())?;
            let found = arguments.named.iter().find(|(other, _)| **other == *name);
            return found.map(|(_, value)| *value).ok_or_else(|| Fault::new(format!("Key `{name}` was not found")));
        }
        if *self.by_number.get_or_insert(numbered) != numbered {
            return Err(Fault::new("Cannot mix manual field specification and automatic field numbering in format string"));
        }
        machine.heap.budget.steps(1)?;
        if numbered {
            let found = name.parse().ok().and_then(|index: usize| arguments.get(index));
            return found.ok_or_else(|| Fault::new(format!("Index `{name}` is out of bound")));
        }
        self.next += 1;
        arguments.get(self.next - 1).ok_or_else(|| Fault::new("Not enough parameters in format string"))
    }
}
