//! One row of a list, and how well a name fits what was typed.

/// Rows that are shown at a time.
pub const MOST_ROWS: usize = 8;

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopupRow {
    /// What is offered.
    pub label: String,
    /// The characters of the label that fit what was typed, from 0, rising.
    pub matched: Vec<usize>,
    /// What it is, in a few words.
    pub about: String,
    /// What is inserted or run.
    pub(super) value: String,
}

/// How well a name fits a query: those it begins with first, then those that have its letters in order, the closer together the
/// better. `None` when it does not fit. With the places of the letters.
pub(super) fn fit(name: &str, query: &str) -> Option<(usize, Vec<usize>)> {
    let low = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (name, query) = (low(name), low(query));
    if name.starts_with(&query) {
        return Some((0, (0..query.len()).collect()));
    }
    let best = (0..name.len()).filter(|start| name.get(*start) == query.first()).filter_map(|start| {
        let mut at = start;
        let mut places = Vec::with_capacity(query.len());
        for letter in &query {
            at += name[at..].iter().position(|other| other == letter)?;
            places.push(at);
            at += 1;
        }
        let at_word = start == 0 || !name[start - 1].is_alphanumeric();
        let spread = at - start - query.len();
        Some((1 + 2 * spread + usize::from(!at_word) * 5 + start.min(4), places))
    });
    // Letters that lie far apart in the middle of words fit by chance.
    best.min_by_key(|(cost, _)| *cost).filter(|(cost, _)| *cost <= 4 + 6 * query.len())
}
