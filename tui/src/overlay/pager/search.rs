//! Search in a pager: what is looked for, where it was found, which match the view stands at.
//!
//! Letters match in both cases unless the search has capital ones. Only blocks that hold the words are laid out.

use std::ops::Range;

use super::blocks::{Blocks, Place};
use crate::text::{plain_text, sanitize_line};

/// A search, typed or done.
#[derive(Debug, Default)]
pub(super) struct Search {
    typed: Option<String>,
    wanted: String,
    matches: Vec<Place>,
    current: usize,
}

impl Search {
    pub(super) fn is_typing(&self) -> bool {
        self.typed.is_some()
    }

    /// Whether matches are shown.
    pub(super) fn is_active(&self) -> bool {
        !self.wanted.is_empty()
    }

    pub(super) fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    pub(super) fn wanted(&self) -> &str {
        &self.wanted
    }

    pub(super) fn current(&self) -> Option<Place> {
        self.matches.get(self.current).copied()
    }

    /// Number of the present match, from 1, and of all.
    pub(super) fn count(&self) -> (usize, usize) {
        (if self.matches.is_empty() { 0 } else { self.current + 1 }, self.matches.len())
    }

    pub(super) fn begin(&mut self) {
        self.typed = Some(String::new());
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn insert(&mut self, text: &str) {
        if let Some(typed) = &mut self.typed {
            typed.push_str(&sanitize_line(text));
        }
    }

    pub(super) fn erase(&mut self) {
        if let Some(typed) = &mut self.typed {
            typed.pop();
        }
    }

    pub(super) fn erase_all(&mut self) {
        if let Some(typed) = &mut self.typed {
            typed.clear();
        }
    }

    /// Looks for what was typed; the present match is the first from `from` on.
    pub(super) fn finish(&mut self, blocks: &mut Blocks, from: Place) {
        let typed = self.typed.take().unwrap_or_default();
        if !typed.is_empty() {
            self.wanted = typed;
        }
        self.matches.clear();
        if self.wanted.is_empty() {
            return;
        }
        for block in 0..blocks.len() {
            if occurrences(&blocks.plain(block), &self.wanted).is_empty() {
                continue;
            }
            let rows = blocks.rows(block);
            let found = rows.iter().enumerate().filter(|(_, row)| !occurrences(&plain_text(row), &self.wanted).is_empty());
            let before = self.matches.len();
            self.matches.extend(found.map(|(row, _)| Place { block, row }));
            if self.matches.len() == before {
                // It stands across the end of a row, or in what is not shown.
                self.matches.push(Place { block, row: blocks.gap(block) });
            }
        }
        self.current = self.matches.iter().position(|place| *place >= from).unwrap_or(0);
    }

    pub(super) fn step(&mut self, forward: bool) {
        let count = self.matches.len();
        if count > 0 {
            self.current = (self.current + if forward { 1 } else { count - 1 }) % count;
        }
    }
}

/// Where `wanted` stands in `text`, in bytes.
pub(super) fn occurrences(text: &str, wanted: &str) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    if wanted.chars().any(char::is_uppercase) {
        return text.match_indices(wanted).map(|(at, part)| at..at + part.len()).collect();
    }
    let wanted: Vec<char> = wanted.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match begins_with(&text[at..], &wanted) {
            Some(length) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

/// How many bytes of the beginning of `text` are `wanted`, which has no capital letters.
fn begins_with(text: &str, wanted: &[char]) -> Option<usize> {
    let lower = |c: char| if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
    let mut chars = text.chars();
    wanted.iter().try_fold(0, |bytes, wanted| chars.next().filter(|c| lower(*c) == *wanted).map(|c| bytes + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn small_letters_match_both_cases_and_capitals_themselves() {
        assert_eq!(occurrences("Ab ab", "ab"), [0..2, 3..5]);
        assert_eq!(occurrences("Ab ab", "Ab"), std::slice::from_ref(&(0..2)));
        assert_eq!(occurrences("ÄÖ äö", "äö"), [0..4, 5..9]);
        assert_eq!(occurrences("aaa", "aa"), std::slice::from_ref(&(0..2)));
        assert!(occurrences("abc", "").is_empty());
    }
}
