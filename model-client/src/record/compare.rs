//! Finds the first place where a request differs from the recorded one.

use serde_json::Value;

/// How much of a value is shown around the difference.
const BEFORE: usize = 30;
const AFTER: usize = 90;

/// Returns a sentence on the first difference; `None` when there is none. Parts that the recording lacks are not compared.
pub(super) fn first_difference(recorded: &Value, present: &Value) -> Option<String> {
    let keys = recorded.as_object()?;
    if let (Some(then), Some(now)) = (keys.get("instructions"), present.get("instructions"))
        && then != now
    {
        return Some("the base instructions are not the recorded ones".to_owned());
    }
    let named = ["model", "tools"];
    let rest =
        keys.keys().map(String::as_str).filter(|key| !named.contains(key) && !["instructions", "input", "prompt_cache_key"].contains(key));
    for key in named.into_iter().chain(rest).chain(["input"]) {
        let Some(then) = keys.get(key) else { continue };
        if let Some(difference) = at(key, Some(then), present.get(key)) {
            return Some(difference);
        }
    }
    None
}

fn at(path: &str, recorded: Option<&Value>, present: Option<&Value>) -> Option<String> {
    match (recorded, present) {
        (Some(Value::Array(then)), Some(Value::Array(now))) => {
            (0..then.len().max(now.len())).find_map(|index| at(&format!("{path}[{index}]"), then.get(index), now.get(index)))
        }
        (Some(Value::Object(then)), Some(Value::Object(now))) => {
            let added = now.keys().filter(|key| !then.contains_key(*key));
            then.keys().chain(added).find_map(|key| at(&format!("{path}.{key}"), then.get(key), now.get(key)))
        }
        (then, now) if then == now => None,
        (Some(Value::String(then)), Some(Value::String(now))) => {
            let same = then.char_indices().zip(now.chars()).find(|((_, a), b)| a != b).map_or(then.len().min(now.len()), |((at, _), _)| at);
            Some(format!("`{path}`: recorded {}, now {}", around(then, same), around(now, same)))
        }
        (then, now) => Some(format!("`{path}`: recorded {}, now {}", shown(then), shown(now))),
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(value) => {
            let text = value.to_string();
            let end = text.floor_char_boundary(AFTER);
            if end < text.len() { format!("{}…", &text[..end]) } else { text }
        }
    }
}

/// The text around a place, in quotes.
fn around(text: &str, place: usize) -> String {
    let start = text.floor_char_boundary(place.saturating_sub(BEFORE));
    let end = text.ceil_char_boundary((place + AFTER).min(text.len()));
    let before = if start > 0 { "…" } else { "" };
    let after = if end < text.len() { "…" } else { "" };
    Value::String(format!("{before}{}{after}", &text[start..end])).to_string()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_path() {
        let recorded = json!({"model": "m", "tools": ["a", "b"], "input": [{"type": "message", "content": [{"text": "one"}]}]});
        let cases = [
            (json!({"model": "n"}), r#"`model`: recorded "m", now "n""#),
            (json!({"tools": ["a"]}), r#"`tools[1]`: recorded "b", now nothing"#),
            (
                json!({"input": [{"type": "message", "content": [{"text": "two"}]}]}),
                r#"`input[0].content[0].text`: recorded "one", now "two""#,
            ),
            (json!({"input": []}), r#"`input[0]`: recorded {"type":"message","content":[{"text":"one"}]}, now nothing"#),
        ];
        for (change, wanted) in cases {
            let mut present = recorded.clone();
            for (key, value) in change.as_object().unwrap() {
                present[key] = value.clone();
            }
            assert_eq!(first_difference(&recorded, &present).as_deref(), Some(wanted));
        }
        assert_eq!(first_difference(&recorded, &recorded), None);
    }

    #[test]
    fn changed_instructions_are_named_as_such_and_missing_parts_are_not_compared() {
        let present = json!({"model": "m", "instructions": "sha256:2", "input": [1]});
        let changed = first_difference(&json!({"instructions": "sha256:1"}), &present);
        assert_eq!(changed.as_deref(), Some("the base instructions are not the recorded ones"));
        assert_eq!(first_difference(&json!({"model": "m"}), &present), None);
    }

    #[test]
    fn a_long_text_is_shown_around_the_difference() {
        let (then, now) = (format!("{}x{}", "é".repeat(200), "b".repeat(200)), format!("{}y", "é".repeat(200)));
        let difference = first_difference(&json!({"input": then}), &json!({"input": now})).unwrap();
        assert!(difference.len() < 300 && difference.contains("éx") && difference.contains("éy"), "{difference}");
    }
}
