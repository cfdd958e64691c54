//! Where a key stands in the text of a file. Looked up only when something has to be said about it.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A key and its value, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// Finds a key by its segments; of a key that several entries of an array have, the first.
pub(crate) fn find(text: &str, path: &[String]) -> Option<Spot> {
    let (last, parents) = path.split_last()?;
    let document = DeTable::parse(text).ok()?;
    let mut tables = vec![document.get_ref()];
    for segment in parents {
        tables = tables.into_iter().filter_map(|table| Some(below(table.get(segment.as_str())?.get_ref()))).flatten().collect();
    }
    tables.into_iter().find_map(|table| {
        let (key, value) = table.get_key_value(last.as_str())?;
        Some(Spot { key: key.span(), value: value.span() })
    })
}

/// The tables that a value is or holds.
fn below<'v, 't>(value: &'v DeValue<'t>) -> Vec<&'v DeTable<'t>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(items) => items.iter().filter_map(|item| item.get_ref().as_table()).collect(),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => Vec::new(),
    }
}

/// The line of a file's text, from 1, on which a key stands; its segments are parted by dots. `None` when it is not there.
pub fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    find(text, &path).map(|spot| line(text, spot.key.start))
}

/// The line that a byte of the text is in, from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn spot(text: &str, path: &[&str]) -> Option<(String, usize)> {
        let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
        find(text, &path).map(|spot| (text[spot.value].to_owned(), line(text, spot.key.start)))
    }

    #[test]
    fn keys_are_found_however_they_are_written() {
        let text = "a = 1\nb.c = 2\n[t]\nx = 3\n[t.\"/p.q\"]\ny = { z = 4 }\n[[s.l]]\nm = 5\n[[s.l]]\nn = 6\n";
        type Found = Option<(&'static str, usize)>;
        let cases: [(&[&str], Found); 8] = [
            (&["a"], Some(("1", 1))),
            (&["b", "c"], Some(("2", 2))),
            (&["t", "x"], Some(("3", 4))),
            (&["t", "/p.q", "y", "z"], Some(("4", 6))),
            (&["s", "l", "n"], Some(("6", 10))),
            (&["a", "b"], None),
            (&["nope"], None),
            (&[], None),
        ];
        for (path, expected) in cases {
            assert_eq!(spot(text, path), expected.map(|(value, line)| (value.to_owned(), line)), "{path:?}");
        }
    }
}
