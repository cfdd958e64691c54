//! A lone word that looks like a misspelt subcommand is not sent to a model as a prompt.

/// The subcommand that was probably meant by `word`; `None` when it is no misspelling of any.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match word.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    let near = names.map(|name| (distance(word, name), name)).filter(|(distance, _)| *distance <= allowed);
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// How many characters have to be added, taken away, replaced, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let width = right.len() + 1;
    let mut rows: Vec<Vec<usize>> = vec![(0..width).collect()];
    for at in 1..=left.len() {
        let mut row = vec![at];
        for other in 1..width {
            let differs = usize::from(left[at - 1] != right[other - 1]);
            let mut least = (rows[at - 1][other] + 1).min(row[other - 1] + 1).min(rows[at - 1][other - 1] + differs);
            if at > 1 && other > 1 && left[at - 1] == right[other - 2] && left[at - 2] == right[other - 1] {
                least = least.min(rows[at - 2][other - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][width - 1]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn misspellings_are_found_and_other_words_left_alone() {
        let names = ["exec", "review", "mcp", "completion", "app-server", "demo"];
        let find = |word| nearest(word, names.iter().copied());
        for (word, meant) in [
            ("exce", Some("exec")),
            ("exe", Some("exec")),
            ("reveiw", Some("review")),
            ("completions", Some("completion")),
            ("mpc", Some("mcp")),
            ("app_server", Some("app-server")),
            ("hello", None),
            ("fix", None),
            ("ex", None),
            ("", None),
        ] {
            assert_eq!(find(word), meant, "{word}");
        }
    }
}
