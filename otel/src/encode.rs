//! One tree of fields, written as protocol buffers or as the JSON that stands for them.

use serde_json::{Map, Value as Json, json};

/// A message: its fields by number and by JSON name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message(Vec<(u32, &'static str, Field)>);

/// What a field holds.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    Text(String),
    /// Ids: bytes on the wire, hexadecimal digits in JSON.
    Id(Vec<u8>),
    Flag(bool),
    /// An enumeration or a small number.
    Small(u32),
    Number(i64),
    Fixed(u64),
    SignedFixed(i64),
    One(Message),
    Many(Vec<Message>),
}

impl Message {
    pub(crate) fn with(mut self, number: u32, name: &'static str, field: Field) -> Self {
        self.0.push((number, name, field));
        self
    }

    pub(crate) fn text(self, number: u32, name: &'static str, text: impl Into<String>) -> Self {
        self.with(number, name, Field::Text(text.into()))
    }

    pub(crate) fn one(self, number: u32, name: &'static str, message: Self) -> Self {
        self.with(number, name, Field::One(message))
    }

    pub(crate) fn many(self, number: u32, name: &'static str, messages: impl IntoIterator<Item = Self>) -> Self {
        self.with(number, name, Field::Many(messages.into_iter().collect()))
    }

    /// The JSON form.
    pub(crate) fn json(&self) -> Json {
        let fields = self.0.iter().map(|(_, name, field)| ((*name).to_owned(), field.json()));
        Json::Object(fields.collect::<Map<_, _>>())
    }

    /// The binary form.
    pub(crate) fn binary(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, _, field) in &self.0 {
            field.write(*number, &mut out);
        }
        out
    }
}

impl Field {
    fn json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Id(bytes) => json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
            Self::Flag(flag) => json!(flag),
            Self::Small(number) => json!(number),
            // Numbers of 64 bits are texts there.
            Self::Number(number) | Self::SignedFixed(number) => json!(number.to_string()),
            Self::Fixed(number) => json!(number.to_string()),
            Self::One(message) => message.json(),
            Self::Many(messages) => messages.iter().map(Message::json).collect(),
        }
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        const VARINT: u32 = 0;
        const EIGHT_BYTES: u32 = 1;
        match self {
            Self::Text(text) => bytes(number, text.as_bytes(), out),
            Self::Id(id) => bytes(number, id, out),
            Self::Flag(flag) => {
                key(number, VARINT, out);
                varint(u64::from(*flag), out);
            }
            Self::Small(value) => {
                key(number, VARINT, out);
                varint(u64::from(*value), out);
            }
            Self::Number(value) => {
                key(number, VARINT, out);
                varint(value.cast_unsigned(), out);
            }
            Self::Fixed(value) => {
                key(number, EIGHT_BYTES, out);
                out.extend(value.to_le_bytes());
            }
            Self::SignedFixed(value) => {
                key(number, EIGHT_BYTES, out);
                out.extend(value.to_le_bytes());
            }
            Self::One(message) => bytes(number, &message.binary(), out),
            Self::Many(messages) => messages.iter().for_each(|message| bytes(number, &message.binary(), out)),
        }
    }
}

fn key(number: u32, kind: u32, out: &mut Vec<u8>) {
    varint(u64::from(number << 3 | kind), out);
}

fn bytes(number: u32, content: &[u8], out: &mut Vec<u8>) {
    const LENGTH_DELIMITED: u32 = 2;
    key(number, LENGTH_DELIMITED, out);
    varint(content.len() as u64, out);
    out.extend(content);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let inner = Message::default().text(1, "name", "x").with(2, "on", Field::Flag(true));
        let message = Message::default()
            .with(1, "id", Field::Id(vec![0xab, 1]))
            .with(2, "kind", Field::Small(300))
            .with(3, "count", Field::Number(-1))
            .with(4, "at", Field::Fixed(1))
            .one(5, "inner", inner.clone())
            .many(16, "list", [inner.clone(), inner]);
        let inner = json!({"name": "x", "on": true});
        assert_eq!(message.json(), json!({"id": "ab01", "kind": 300, "count": "-1", "at": "1", "inner": inner, "list": [inner, inner]}));
        let inner = [10, 1, b'x', 16, 1];
        let mut want = vec![10, 2, 0xab, 1, 16, 0xac, 2, 24];
        want.extend([0xff; 9]);
        want.extend([1, 33, 1, 0, 0, 0, 0, 0, 0, 0, 42, 5]);
        want.extend(inner);
        for _ in 0..2 {
            want.extend([0x82, 1, 5]);
            want.extend(inner);
        }
        assert_eq!(message.binary(), want);
    }
}
