//! Reads `-c key=value`.
//!
//! The key is a dotted path whose segments may be quoted; the value is TOML, and plain text where it is not.
//! Later overrides win, and all of them together become one table that is laid over the files.

use toml::{Table, Value};

use crate::error::ConfigError;

/// Most parts of a dotted key. No key that exists has a dozen, and tables are walked by recursion.
pub(crate) const DEEPEST: usize = 64;

/// Folds `-c` arguments into one table.
pub(crate) fn table(overrides: &[String]) -> Result<Table, ConfigError> {
    let mut table = Table::new();
    for raw in overrides {
        let (key, value) = raw.split_once('=').ok_or_else(|| ConfigError::OverrideWithoutEquals(raw.clone()))?;
        let key = key.trim();
        let path = segments(key);
        if path.iter().any(String::is_empty) {
            return Err(ConfigError::OverrideWithoutKey(raw.clone()));
        }
        if path.len() > DEEPEST {
            let start = raw.chars().take(40).collect();
            return Err(ConfigError::OverrideTooDeep { start, parts: path.len() });
        }
        insert(&mut table, &path, parse_value(value.trim()));
    }
    Ok(table)
}

/// Puts `value` at a dotted path; whatever stands in the way of a table is replaced by one.
pub(crate) fn insert(table: &mut Table, path: &[String], value: Value) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let mut current = table;
    for segment in parents {
        let entry = current.entry(segment.clone()).or_insert_with(|| Value::Table(Table::new()));
        if !entry.is_table() {
            *entry = Value::Table(Table::new());
        }
        let Value::Table(next) = entry else {
            return;
        };
        current = next;
    }
    current.insert(last.clone(), value);
}

fn parse_value(raw: &str) -> Value {
    raw.parse::<Value>().unwrap_or_else(|_| Value::String(raw.to_owned()))
}

/// Splits `projects."/x".trust_level` at the dots outside quotes; the quotes go.
pub(crate) fn segments(key: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    for c in key.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => current.push(c),
            None if (c == '"' || c == '\'') && current.trim().is_empty() => quote = Some(c),
            None if c == '.' => segments.push(std::mem::take(&mut current).trim().to_owned()),
            None => current.push(c),
        }
    }
    segments.push(current.trim().to_owned());
    segments
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn one(raw: &str) -> Table {
        table(&[raw.to_owned()]).unwrap()
    }

    #[test]
    fn values_are_toml_and_plain_text_where_they_are_not() {
        let cases = [
            ("k=5", Value::Integer(5)),
            ("k=true", Value::Boolean(true)),
            ("k=\"5\"", Value::String("5".into())),
            ("k=gpt-5", Value::String("gpt-5".into())),
            ("k=", Value::String(String::new())),
            ("k= a=b ", Value::String("a=b".into())),
            ("k=[\"a\", \"b\"]", Value::Array(vec!["a".into(), "b".into()])),
            ("k=[1", Value::String("[1".into())),
            ("k=5\nother=6", Value::String("5\nother=6".into())),
        ];
        for (raw, expected) in cases {
            assert_eq!(one(raw), Table::from_iter([("k".to_owned(), expected)]), "{raw}");
        }
    }

    #[test]
    fn keys_are_dotted_and_may_be_quoted() {
        let cases = [
            ("a.b", vec!["a", "b"]),
            ("projects.\"/x.y\".trust_level", vec!["projects", "/x.y", "trust_level"]),
            ("a.'b.c'", vec!["a", "b.c"]),
            (" a . b ", vec!["a", "b"]),
            ("it's", vec!["it's"]),
        ];
        for (key, expected) in cases {
            assert_eq!(segments(key), expected, "{key}");
        }
    }

    #[test]
    fn later_overrides_win_and_reach_into_earlier_tables() {
        let overrides = ["a={x=1}", "a.y=2", "a.x=3", "b=1", "b.c=2"].map(str::to_owned);
        assert_eq!(table(&overrides).unwrap(), toml::from_str::<Table>("a={x=3,y=2}\nb={c=2}").unwrap());
    }

    #[test]
    fn what_is_not_an_override_is_named() {
        let text = |raw: &str| table(&[raw.to_owned()]).unwrap_err().to_string();
        assert_eq!(text("nokey"), "Error parsing -c overrides: Invalid override (missing '='): nokey");
        assert_eq!(text("=3"), "Error parsing -c overrides: Empty key in override: =3");
        assert_eq!(text("  =3"), "Error parsing -c overrides: Empty key in override:   =3");
        assert_eq!(text(".=3"), "Error parsing -c overrides: Empty key in override: .=3");
        assert_eq!(text("features.=3"), "Error parsing -c overrides: Empty key in override: features.=3");
        let deep = vec!["a"; 30_000].join(".");
        assert_eq!(
            text(&format!("{deep}=1")),
            "Error parsing -c overrides: a key of 30000 parts is none (64 at most): a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a...."
        );
    }
}
