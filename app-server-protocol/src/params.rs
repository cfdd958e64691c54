//! Reads the members `method` and `params` of a message, whatever the method.
//!
//! The params are read from a JSON value, once for all three tables: what a derive makes of an enum with a hundred members reads
//! each type in two ways, and was a tenth of the program.

use serde::de::value::Error as Absence;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::Value;

/// The members that say what is wanted.
#[derive(Deserialize)]
pub(crate) struct Framed {
    pub(crate) method: String,
    /// `None` where the member is not there; `null` is a value.
    #[serde(default, deserialize_with = "present")]
    pub(crate) params: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The params of a method.
///
/// # Errors
/// When they do not fit, in the words of serde; ``missing field `params` `` where there are none and some are needed.
pub(crate) fn read<T: DeserializeOwned>(params: Option<Value>) -> Result<T, serde_json::Error> {
    match params {
        Some(params) => serde_json::from_value(params),
        None => T::deserialize(Absent).map_err(serde_json::Error::custom),
    }
}

/// Params that are not there: fine for a type that takes nothing.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Absence;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Absence> {
        Err(Absence::missing_field("params"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Absence> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{ClientRequest, ServerNotification};

    fn told(message: serde_json::Value) -> String {
        serde_json::from_value::<ClientRequest>(message).map_or_else(|error| error.to_string(), |request| request.method().to_owned())
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_in_the_words_of_the_wire() {
        assert_eq!(told(json!({"method": "thread/start"})), "missing field `params`");
        assert_eq!(told(json!({"method": "thread/start", "params": {}})), "thread/start");
        assert!(told(json!({"method": "thread/start", "params": null})).starts_with("invalid type: null, expected struct"));
        assert_eq!(told(json!({"method": "account/logout"})), "account/logout");
        assert_eq!(told(json!({"method": "account/logout", "params": {"more": 1}})), "account/logout");
        assert_eq!(told(json!({"method": "turn/start", "params": {"input": []}})), "missing field `threadId`");
        assert_eq!(told(json!({"params": {}})), "missing field `method`");
        let unknown = told(json!({"method": "nope", "params": {}}));
        assert!(unknown.starts_with("unknown variant `nope`, expected one of `initialize`, `thread/start`,"), "{unknown}");
        assert!(serde_json::from_value::<ServerNotification>(json!({"method": "nope"})).is_err());
    }
}
