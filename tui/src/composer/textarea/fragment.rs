//! Text with its units, apart from a text area: what was cut, what is kept in history.

use std::ops::Range;

use super::{Unit, UnitId};

/// Text with its units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Its units, in order, in bytes of the text.
    pub units: Vec<Unit>,
}

impl Fragment {
    /// Text without units; see [`clean`].
    pub fn plain(text: &str) -> Self {
        Self { text: clean(text), units: Vec::new() }
    }

    /// One unit.
    pub fn unit(label: &str, id: UnitId) -> Self {
        let text = clean(label);
        let range = 0..text.len();
        Self { text, units: vec![Unit { range, id }] }
    }

    /// A part, which must begin and end on borders.
    pub fn part(text: &str, units: &[Unit], range: Range<usize>) -> Self {
        let inside = units.iter().filter(|unit| range.start <= unit.range.start && unit.range.end <= range.end);
        let moved = |unit: &Unit| Unit { range: unit.range.start - range.start..unit.range.end - range.start, id: unit.id };
        Self { text: text[range.clone()].to_owned(), units: inside.map(moved).collect() }
    }

    /// The text with each unit replaced.
    pub fn expanded(&self, mut replacement: impl FnMut(UnitId, &str) -> String) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for unit in &self.units {
            text.push_str(&self.text[at..unit.range.start]);
            text.push_str(&replacement(unit.id, &self.text[unit.range.clone()]));
            at = unit.range.end;
        }
        text.push_str(&self.text[at..]);
        text
    }
}

/// Line ends made one kind, and what controls a terminal taken out; tabs stay.
pub(in crate::composer) fn clean(text: &str) -> String {
    let harmless = |letter: &char| matches!(letter, '\n' | '\t') || !letter.is_control();
    if text.chars().all(|letter| harmless(&letter)) {
        return text.to_owned();
    }
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(harmless).collect()
}
