//! Mends the arguments of a call where they plainly are no JSON object.
//!
//! Only what servers and models are known to get wrong is mended, and nothing is guessed: text that stays no object
//! goes to the tool as it is, which says so to the model.

use std::borrow::Cow;

use serde_json::Value;

/// The longest arguments of one call (Z1).
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// Returns arguments that are a JSON object, as they are or mended; `None` when they cannot be mended.
pub(super) fn mended(text: &str) -> Option<Cow<'_, str>> {
    let bare = text.trim();
    if bare.is_empty() {
        return Some(Cow::Borrowed("{}"));
    }
    if is_object(bare) {
        return Some(Cow::Borrowed(text));
    }
    if let Ok(Value::String(inner)) = serde_json::from_str(bare)
        && is_object(&inner)
    {
        return Some(Cow::Owned(inner));
    }
    let bare = without_fence(bare);
    let bare = bare.strip_prefix("{}").map_or(bare, str::trim_start);
    if is_object(bare) {
        return Some(Cow::Owned(bare.to_owned()));
    }
    let cleaned = cleaned(bare);
    is_object(&cleaned).then_some(Cow::Owned(cleaned))
}

/// Whether a text is one JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok()
}

/// The text inside a code fence, with or without a language.
fn without_fence(text: &str) -> &str {
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    let start = inner.find(['{', '\n']).unwrap_or(0);
    inner[start..].trim()
}

/// Escapes control characters inside strings and drops commas before a closing bracket.
fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut in_string, mut escaped) = (false, false);
    for letter in text.chars() {
        if in_string {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            match letter {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                letter if letter < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
                letter => out.push(letter),
            }
            continue;
        }
        match letter {
            '"' => in_string = true,
            '}' | ']' => {
                let kept = out.trim_end().len();
                if out[..kept].ends_with(',') {
                    out.truncate(kept - 1);
                }
            }
            _ => {}
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn known_mistakes_are_mended_and_others_are_left() {
        let cases = [
            ("", Some("{}")),
            ("{\"a\" :1}", Some("{\"a\" :1}")),
            (" {\"a\":1}\n", Some(" {\"a\":1}\n")),
            ("\"{\\\"a\\\":1}\"", Some("{\"a\":1}")),
            ("```json\n{\"a\":1}\n```", Some("{\"a\":1}")),
            ("{}{\"a\":1}", Some("{\"a\":1}")),
            ("{\"a\":\"x\ny\",}", Some("{\"a\":\"x\\ny\"}")),
            ("{\"a\":[1,2,],}", Some("{\"a\":[1,2]}")),
            ("{\"a\":\"x", None),
            ("[1]", None),
            ("a: 1", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(mended(text).as_deref(), wanted, "{text}");
        }
    }
}
