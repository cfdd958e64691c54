//! Reads a merged table into types, and notes on the way the keys that no type knows.
//!
//! A deserializer over [`Value`] that remembers where it is. Types say which keys they know when they ask for a
//! struct, so neither a list of keys nor a schema is needed at start. Errors read as those of the `toml` crate do;
//! the path they carry is what finds their place in a file.
//!
//! **Not here:** which file a key is in (`place`), and what is done about it (`load`).

use std::cell::RefCell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use toml::map::Iter;
use toml::{Table, Value};

use crate::unknown;

/// A key that the type of its table does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey {
    /// Its segments from the top of the file.
    pub(crate) path: Vec<String>,
    /// The keys that its table has.
    pub(crate) known: &'static [&'static str],
}

/// Why a table does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) message: String,
    /// The segments of the key it is wrong with, innermost first, as the message names them.
    reversed: Vec<String>,
    /// The same as they stand in the file, where a choice such as `otlp-http` is a segment too.
    written: Vec<String>,
}

impl Fault {
    /// Something wrong with a key at the top.
    pub(crate) fn with(key: &str, message: String) -> Self {
        <Self as de::Error>::custom(message).below(key)
    }

    /// The segments of the key it is wrong with, from the top of the file.
    pub(crate) fn path(&self) -> Vec<String> {
        self.written.iter().rev().cloned().collect()
    }

    fn below(mut self, key: &str) -> Self {
        self.reversed.push(key.to_owned());
        self.within(key)
    }

    /// Below a choice, which messages leave out.
    fn within(mut self, choice: &str) -> Self {
        self.written.push(choice.to_owned());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.reversed.is_empty() {
            let path: Vec<&str> = self.reversed.iter().rev().map(String::as_str).collect();
            write!(f, "\nin `{}`", path.join("."))?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), reversed: Vec::new(), written: Vec::new() }
    }

    /// Names the key itself, so that its line is shown and not that of its table.
    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let meant = unknown::nearest(field, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
        let message = format!("unknown field `{field}`, expected {}{}", one_of(known), meant.unwrap_or_default());
        <Self as de::Error>::custom(message).below(field)
    }
}

/// "`a` or `b`", "one of `a`, `b`, `c`"; of many, the first ones.
fn one_of(words: &[&str]) -> String {
    const MOST: usize = 12;
    let quoted: Vec<String> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one} or {other}"),
        several if words.len() > MOST => format!("one of {}, ...", several.join(", ")),
        several => format!("one of {}", several.join(", ")),
    }
}

/// What a value is, for an error about its kind.
fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Boolean(value) => Unexpected::Bool(*value),
        Value::Integer(value) => Unexpected::Signed(*value),
        Value::Float(value) => Unexpected::Float(*value),
        Value::String(value) => Unexpected::Str(value),
        Value::Datetime(_) => Unexpected::Other("date or time"),
        Value::Array(_) => Unexpected::Seq,
        Value::Table(_) => Unexpected::Map,
    }
}

/// Says what a table is for where a type would say its Rust name.
fn in_words(mut fault: Fault, fields: &[&str]) -> Fault {
    if let Some(at) = fault.message.find("expected struct ") {
        fault.message.truncate(at);
        fault.message.push_str(&format!("expected a table with {}", one_of(fields)));
    }
    fault
}

/// What reading a table came to.
pub(crate) struct Reading<T> {
    /// The typed value, or the first thing that is wrong.
    pub(crate) value: Result<T, Fault>,
    /// Keys nobody asked for, as far as reading got.
    pub(crate) unknown: Vec<UnknownKey>,
}

/// Reads `table` as a `T`.
pub(crate) fn read<'de, T: Deserialize<'de>>(table: &'de Table) -> Reading<T> {
    let notes = RefCell::new(Vec::new());
    let value = T::deserialize(TableReader { table, at: &At::Top, notes: &notes });
    Reading { value, unknown: notes.into_inner() }
}

/// The way from the top of the file to a value.
enum At<'p> {
    Top,
    Key { above: &'p At<'p>, key: &'p str },
}

impl<'p> At<'p> {
    fn last(&self) -> &'p str {
        match self {
            Self::Top => "",
            Self::Key { key, .. } => key,
        }
    }

    fn path(&self) -> Vec<String> {
        match self {
            Self::Top => Vec::new(),
            Self::Key { above, key } => {
                let mut path = above.path();
                path.push((*key).to_owned());
                path
            }
        }
    }
}

type Notes = RefCell<Vec<UnknownKey>>;

/// The whole file, or a table in it whose type is not asked for by a struct.
struct TableReader<'de, 'p> {
    table: &'de Table,
    at: &'p At<'p>,
    notes: &'p Notes,
}

impl<'de> TableReader<'de, '_> {
    fn entries<V: Visitor<'de>>(self, known: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(Entries { rest: self.table.iter(), next: None, known, at: self.at, notes: self.notes })
    }
}

impl<'de> Deserializer<'de> for TableReader<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.entries(&[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.entries(fields, visitor)
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 char str string unit seq bytes byte_buf map unit_struct
        tuple_struct tuple ignored_any identifier option newtype_struct enum
    }
}

/// One value, and the keys its table has.
struct ValueReader<'de, 'p> {
    value: &'de Value,
    known: &'static [&'static str],
    at: &'p At<'p>,
    notes: &'p Notes,
}

impl<'de> Deserializer<'de> for ValueReader<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::String(value) => visitor.visit_borrowed_str(value),
            Value::Datetime(_) => Err(de::Error::invalid_type(unexpected(self.value), &visitor)),
            Value::Array(items) => visitor.visit_seq(Items { rest: items.iter(), at: self.at, notes: self.notes }),
            Value::Table(table) => TableReader { table, at: self.at, notes: self.notes }.entries(&[], visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Table(table) => TableReader { table, at: self.at, notes: self.notes }.entries(fields, visitor),
            // Types would take an array for their fields in order, past everything that looks at keys.
            Value::Array(_) => Err(in_words(de::Error::invalid_type(Unexpected::Seq, &visitor), fields)),
            Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) | Value::Datetime(_) => {
                self.deserialize_any(visitor).map_err(|fault| in_words(fault, fields))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, variants: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(variant) => visitor.visit_enum(Word(variant)),
            Value::Table(table) => {
                let mut entries = table.iter();
                match (entries.next(), entries.next()) {
                    (Some((name, value)), None) => {
                        let at = At::Key { above: self.at, key: name };
                        visitor.visit_enum(Variant { name, content: ValueReader { value, known: &[], at: &at, notes: self.notes } })
                    }
                    (None, _) => Err(de::Error::custom(format!("an empty table, expected {}", one_of(variants)))),
                    (Some(_), Some(_)) => Err(de::Error::custom(format!("more than one choice, expected {}", one_of(variants)))),
                }
            }
            Value::Boolean(_) | Value::Integer(_) | Value::Float(_) | Value::Datetime(_) | Value::Array(_) => {
                Err(de::Error::invalid_type(unexpected(self.value), &one_of(variants).as_str()))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.notes.borrow_mut().push(UnknownKey { path: self.at.path(), known: self.known });
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 char str string unit seq bytes byte_buf map unit_struct
        tuple_struct tuple identifier
    }
}

struct Entries<'de, 'p> {
    rest: Iter<'de, String, Value>,
    next: Option<(&'de str, &'de Value)>,
    known: &'static [&'static str],
    at: &'p At<'p>,
    notes: &'p Notes,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.next = Some((key, value));
        let key: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (key, value) = self.next.take().ok_or_else(|| <Fault as de::Error>::custom("a value was asked for before its key"))?;
        let at = At::Key { above: self.at, key };
        seed.deserialize(ValueReader { value, known: self.known, at: &at, notes: self.notes }).map_err(|fault| fault.below(key))
    }
}

struct Items<'de, 'p> {
    rest: std::slice::Iter<'de, Value>,
    at: &'p At<'p>,
    notes: &'p Notes,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(value) = self.rest.next() else {
            return Ok(None);
        };
        seed.deserialize(ValueReader { value, known: &[], at: self.at, notes: self.notes }).map(Some)
    }
}

/// A choice that is a word alone.
struct Word<'de>(&'de str);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl Word<'_> {
    fn takes_a_table(&self) -> Fault {
        let name = self.0;
        de::Error::custom(format!("`{name}` takes settings: write `{{ {name} = {{ ... }} }}`"))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Fault> {
        Err(self.takes_a_table())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(self.takes_a_table())
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(self.takes_a_table())
    }
}

/// `{ name = content }`.
struct Variant<'de, 'p> {
    name: &'de str,
    content: ValueReader<'de, 'p>,
}

impl<'de, 'p> EnumAccess<'de> for Variant<'de, 'p> {
    type Error = Fault;
    type Variant = ValueReader<'de, 'p>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for ValueReader<'de, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(de::Error::invalid_type(Unexpected::Map, &"a word"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let choice = self.at.last();
        seed.deserialize(self).map_err(|fault| fault.within(choice))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        let choice = self.at.last();
        self.deserialize_struct("", fields, visitor).map_err(|fault| fault.within(choice))
    }
}
