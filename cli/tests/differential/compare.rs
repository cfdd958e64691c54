//! Lines two runs up, and decides which of their differences were expected.

use crate::case::Order;
use crate::intended::Intended;

/// What one run shows and the other does not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Lines of the reference alone.
    pub(crate) theirs: Vec<String>,
    /// Lines of our program alone.
    pub(crate) ours: Vec<String>,
}

/// Compares line for line, or as multisets where order says nothing.
pub(crate) fn differences(theirs: &[String], ours: &[String], order: Order) -> Differences {
    match order {
        Order::Exact => by_sequence(theirs, ours),
        Order::AnyOrder => Differences { theirs: without(theirs, ours), ours: without(ours, theirs) },
    }
}

/// What is left of both after their longest common subsequence.
fn by_sequence(theirs: &[String], ours: &[String]) -> Differences {
    let mut lengths = vec![vec![0_usize; ours.len() + 1]; theirs.len() + 1];
    for (i, a) in theirs.iter().enumerate().rev() {
        for (j, b) in ours.iter().enumerate().rev() {
            lengths[i][j] = if a == b { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Differences::default();
    while i < theirs.len() || j < ours.len() {
        if i < theirs.len() && j < ours.len() && theirs[i] == ours[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == ours.len() || (i < theirs.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
            found.theirs.push(theirs[i].clone());
            i += 1;
        } else {
            found.ours.push(ours[j].clone());
            j += 1;
        }
    }
    found
}

/// The lines of `lines` that `others` has not, each as often as it is too many.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    lines
        .iter()
        .filter(|line| match others.iter().position(|other| other == *line) {
            Some(at) => {
                others.swap_remove(at);
                false
            }
            None => true,
        })
        .cloned()
        .collect()
}

/// Complaints about a case: differences nobody expected, and expected ones that are not there.
pub(crate) fn complaints(found: &Differences, expected: &[&Intended]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (side, lines, parts) in
        [("reference", &found.theirs, parts(expected, |entry| entry.theirs)), ("ours", &found.ours, parts(expected, |entry| entry.ours))]
    {
        let unexpected = lines.iter().filter(|line| !parts.iter().any(|(_, part)| line.contains(part)));
        complaints.extend(unexpected.map(|line| format!("{side} alone: {}", abridged(line))));
        let gone = parts.iter().filter(|(entry, part)| !entry.is_everywhere() && !lines.iter().any(|line| line.contains(part)));
        complaints.extend(gone.map(|(entry, part)| format!("stale `{}`: {side} no longer shows alone: {part}", entry.key)));
    }
    complaints
}

/// The parts of lines that entries expect on one side.
fn parts<'a>(expected: &[&'a Intended], side: fn(&Intended) -> &'static [&'static str]) -> Vec<(&'a Intended, &'static str)> {
    expected.iter().flat_map(|entry| side(entry).iter().map(|part| (*entry, *part))).collect()
}

/// Whether an entry for every case is seen here.
pub(crate) fn shows(found: &Differences, entry: &Intended) -> bool {
    let all = |lines: &[String], parts: &[&str]| parts.iter().all(|part| lines.iter().any(|line| line.contains(part)));
    all(&found.theirs, entry.theirs) && all(&found.ours, entry.ours)
}

/// Enough of a line to see what it is.
fn abridged(line: &str) -> String {
    const SHOWN: usize = 1_500;
    if line.len() <= 2 * SHOWN {
        return line.to_owned();
    }
    let (head, tail) = (line.floor_char_boundary(SHOWN), line.ceil_char_boundary(line.len() - SHOWN));
    format!("{} [... {} bytes ...] {}", &line[..head], tail - head, &line[tail..])
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::intended::EVERYWHERE;

    fn lines(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_only_one_side_has_is_found_in_either_order() {
        let found = differences(&lines("a b c d"), &lines("a x c d d"), Order::Exact);
        assert_eq!(found, Differences { theirs: lines("b"), ours: lines("x d") });
        let swapped = differences(&lines("a b"), &lines("b a"), Order::Exact);
        assert_eq!((swapped.theirs.len(), swapped.ours.len()), (1, 1));
        assert_eq!(differences(&lines("a b b"), &lines("b a b"), Order::AnyOrder), Differences::default());
        assert_eq!(differences(&lines("a b b"), &lines("a b"), Order::AnyOrder), Differences { theirs: lines("b"), ours: vec![] });
    }

    #[test]
    fn an_unexpected_difference_and_a_stale_expectation_are_complained_about() {
        let entry = Intended { key: "k", cases: &["c"], theirs: &["exit 1"], ours: &["exit 3"], reason: "" };
        let found = Differences { theirs: vec!["exit 1".to_owned()], ours: vec!["exit 3".to_owned()] };
        assert_eq!(complaints(&found, &[&entry]), Vec::<String>::new());
        assert_eq!(complaints(&found, &[]), vec!["reference alone: exit 1", "ours alone: exit 3"]);
        let gone = complaints(&Differences::default(), &[&entry]);
        assert_eq!(gone.len(), 2, "{gone:?}");
        assert!(gone.iter().all(|complaint| complaint.starts_with("stale `k`")), "{gone:?}");
        let general = Intended { cases: EVERYWHERE, ..entry };
        assert_eq!(complaints(&Differences::default(), &[&general]), Vec::<String>::new());
        assert!(shows(&found, &general) && !shows(&Differences::default(), &general));
    }
}
