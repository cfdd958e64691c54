//! What the target of a removal may stand for.
//!
//! The text is what a script spells: home and working directory are put in, variables that the script itself set are
//! looked up, braces come apart. What is left without a value counts as empty, which is how `"$X/"` becomes `/`.

use std::path::PathBuf;

use super::scan::Scan;
use crate::braces;

/// The paths a word may stand for.
pub(super) enum Targets {
    /// These, absolute but as spelled; the last part may hold wildcards.
    Paths(Vec<PathBuf>),
    /// Any path.
    Any,
}

/// Texts from variables are followed up to this number.
const MOST: usize = 64;

/// Reads one word.
pub(super) fn of(scan: &Scan<'_>, word: &str) -> Targets {
    let mut paths = Vec::new();
    let Some(texts) = braces::apart(word) else { return Targets::Any };
    for text in texts {
        let Some(values) = begin(scan, &text, 0) else { return Targets::Any };
        for value in values {
            paths.extend(scan.folders.iter().map(|folder| folder.join(&value)));
        }
    }
    if paths.len() > MOST * MOST { Targets::Any } else { Targets::Paths(paths) }
}

/// Puts in what a text begins with; `None` when that may be anything and nothing fixed follows.
fn begin(scan: &Scan<'_>, text: &str, depth: usize) -> Option<Vec<String>> {
    let home = scan.surroundings.and_then(|surroundings| surroundings.home);
    let tilde = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(rest) = tilde.or_else(|| variable(text, "HOME")) {
        return Some(vec![format!("{}{}", home?.display(), without_variables(rest))]);
    }
    let here = ["$(pwd)", "$(pwd -P)", "`pwd`"].iter().find_map(|spelling| text.strip_prefix(spelling));
    if let Some(rest) = here.or_else(|| variable(text, "PWD")) {
        return Some(vec![format!(".{}", without_variables(rest))]);
    }
    if !text.starts_with(['$', '`']) {
        return Some(vec![without_variables(text)]);
    }
    // A fresh folder of its own.
    if text.starts_with("$(mktemp") || text.starts_with("`mktemp") {
        return Some(Vec::new());
    }
    let known = scan.variables.iter().find_map(|(name, values)| Some((variable(text, name)?, values)));
    if let Some((rest, values)) = known.filter(|_| depth < 4) {
        let mut found = Vec::new();
        for value in values {
            // An empty value leaves the rest to begin with.
            let joined = format!("{value}{rest}");
            found.extend(begin(scan, &joined, depth + 1)?);
            if found.len() > MOST {
                return None;
            }
        }
        return Some(found);
    }
    let rest = without_variables(text);
    (!rest.is_empty()).then(|| vec![rest])
}

/// What follows `$NAME` or `${NAME}`.
fn variable<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.strip_prefix('$')?;
    if let Some(braced) = rest.strip_prefix('{') {
        let rest = braced.strip_prefix(name)?;
        // `${X:?}`, `${X%/}` and the like come down to the variable or to little else.
        let (operation, behind) = rest.split_once('}')?;
        return operation.chars().next().is_none_or(|c| !(c == '_' || c.is_ascii_alphanumeric())).then_some(behind);
    }
    let rest = rest.strip_prefix(name)?;
    rest.chars().next().is_none_or(|c| !(c == '_' || c.is_ascii_alphanumeric())).then_some(rest)
}

/// Takes out variables and substitutions, as if they were empty.
fn without_variables(text: &str) -> String {
    let mut kept = String::new();
    let mut left = text;
    while let Some(at) = left.find(['$', '`']) {
        kept.push_str(&left[..at]);
        left = &left[at..];
        let rest = &left[1..];
        let length = if left.starts_with('`') {
            rest.find('`').map_or(rest.len(), |end| end + 1)
        } else if rest.starts_with('{') {
            rest.find('}').map_or(rest.len(), |end| end + 1)
        } else if rest.starts_with('(') {
            closing(rest)
        } else {
            let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
            let name = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            // `$@`, `$?` and the like.
            if name == 0 { rest.chars().next().filter(|c| "@*#?!$-".contains(*c)).map_or(0, char::len_utf8) } else { name }
        };
        left = &rest[length..];
    }
    kept.push_str(left);
    kept
}

/// The length of a text up to the parenthesis that closes the one it begins with.
fn closing(text: &str) -> usize {
    let mut open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' => {
                open -= 1;
                if open == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::without_variables;

    #[test]
    fn variables_without_a_value_are_empty() {
        for (text, left) in [
            ("a$b/c", "a/c"),
            ("${x:?y}/", "/"),
            ("$(ls $(pwd))/x", "/x"),
            ("`pwd`x", "x"),
            ("$", ""),
            ("$@", ""),
            ("${", ""),
            ("$(", ""),
            ("a$é", "aé"),
        ] {
            assert_eq!(without_variables(text), left, "{text}");
        }
    }
}
