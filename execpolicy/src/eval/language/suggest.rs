//! The known name that was probably meant.

/// The known name that is nearest to `wrong`, if any is near: two letters apart at most, and not everything else.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared.
    const LONGEST: usize = 40;
    /// Names that are looked at.
    const MOST: usize = 2_000;
    let near = |name: &'a str| Some((distance(wrong, name), name)).filter(|(apart, _)| *apart <= 2 && *apart < wrong.len());
    if wrong.len() > LONGEST {
        return None;
    }
    let known = known.into_iter().take(MOST).filter(|name| name.len() <= LONGEST);
    known.filter_map(near).min_by_key(|(apart, _)| *apart).map(|(_, name)| name)
}

/// How many letters have to be changed, added or left out.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], line + 1);
        for (column, d) in other.iter().enumerate() {
            let changed = corner + usize::from(c != *d);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
