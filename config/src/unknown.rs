//! What is said of keys that nobody knows: which, where, and which key is meant.

use std::fmt;
use std::path::PathBuf;

use crate::features;
use crate::provenance::dotted;
use crate::reader::UnknownKey;

/// Most of them that are told one by one at a start.
const MOST_TOLD: usize = 5;

/// Where a key was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// In a file, on this line.
    File(PathBuf, usize),
    /// By `-c`, `--enable` or `--disable`.
    CommandLine,
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// A key that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The whole dotted key.
    pub key: String,
    /// Where it was set.
    pub at: Whereabouts,
    /// The key that may have been meant, whole.
    pub meant: Option<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: unknown key `{}`", self.at, self.key)?;
        match &self.meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

/// The sentences a person gets at a start.
pub(crate) fn sentences(unknown: &[Unknown]) -> Vec<String> {
    let mut sentences: Vec<String> = unknown.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let rest = unknown.len().saturating_sub(MOST_TOLD);
    if rest > 0 {
        sentences.push(format!("{rest} more unknown keys; `codex config check` lists them"));
    }
    sentences
}

/// The whole key that may have been meant instead of `unknown`.
pub(crate) fn meant(unknown: &UnknownKey) -> Option<String> {
    let (last, parents) = unknown.path.split_last()?;
    let parent = whole(parents);
    let near = nearest(last, unknown.known.iter().copied())?;
    Some(dotted(&parent, near))
}

/// The whole feature key that may have been meant.
pub(crate) fn meant_feature(parents: &[String], name: &str) -> Option<String> {
    let near = nearest(name, features::FEATURES.iter().map(|feature| feature.name))?;
    Some(dotted(&whole(parents), near))
}

/// Segments as one dotted key.
pub(crate) fn whole(path: &[String]) -> String {
    path.iter().fold(String::new(), |whole, segment| dotted(&whole, segment))
}

/// The candidate that is a slip away from `word`: a third of its letters at most, and never all of them.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (word.chars().count() / 3).max(1);
    let fold = |text: &str| text.replace('-', "_").to_lowercase();
    let word = fold(word);
    let near = candidates.into_iter().map(|candidate| (distance(&word, &fold(candidate)), candidate));
    near.filter(|(distance, candidate)| *distance <= limit && *distance < candidate.len()).min().map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, taken out, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let change = last[j] + usize::from(a != b);
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_slip_finds_the_key_and_another_word_does_not() {
        let known = ["model", "model_provider", "notify", "web_search", "tui"];
        let cases = [
            ("modle", Some("model")),
            ("Model", Some("model")),
            ("model-provider", Some("model_provider")),
            ("modelprovider", Some("model_provider")),
            ("notfy", Some("notify")),
            ("websearch", Some("web_search")),
            ("x", None),
            ("colour", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }

    #[test]
    fn a_flood_is_cut() {
        let one = |n: usize| Unknown { key: format!("k{n}"), at: Whereabouts::File("/c".into(), n), meant: None };
        let many: Vec<Unknown> = (1..=8).map(one).collect();
        let told = sentences(&many);
        assert_eq!((told.len(), told[0].as_str()), (6, "/c:1: unknown key `k1`"));
        assert_eq!(told[5], "3 more unknown keys; `codex config check` lists them");
        assert_eq!(sentences(&many[..5]).len(), 5);
    }
}
