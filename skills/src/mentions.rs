//! Finds `$name` and `[$name](path)` in what a person wrote.
//!
//! Pure: whether there is such a skill is not known here. Names are case-sensitive and made of `A-Za-z0-9_-:`; a skill whose name has
//! other characters is mentioned by its path. Names of common variables are never mentions.

use std::path::PathBuf;

/// Names that a person means a variable by.
const VARIABLES: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "PWD",
    "OLDPWD",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "TERM",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LOGNAME",
    "HOSTNAME",
    "DISPLAY",
    "CODEX_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
];

/// What a person named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// `$name`.
    Name(String),
    /// The `SKILL.md` of a link or of an item.
    Path(PathBuf),
}

/// The mentions of a text, in its order; the same one may come again.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let name = &after[..after.find(|letter: char| !is_of_name(letter)).unwrap_or(after.len())];
        rest = &after[name.len()..];
        if name.is_empty() {
            continue;
        }
        if let Some((path, behind)) = before.ends_with('[').then(|| linked(rest)).flatten() {
            found.push(Mention::Path(path));
            rest = behind;
        } else if !VARIABLES.contains(&name) {
            found.push(Mention::Name(name.to_owned()));
        }
    }
    found
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ':')
}

/// The path in `](path)`, and what stands behind it.
fn linked(text: &str) -> Option<(PathBuf, &str)> {
    let inside = text.strip_prefix("](")?;
    let (path, behind) = inside.split_once(')')?;
    let path = path.strip_prefix("skill://").unwrap_or(path);
    (path.starts_with('/') && !path.contains('\n')).then(|| (PathBuf::from(path), behind))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_a_mention() {
        let name = |name: &str| Mention::Name(name.to_owned());
        let path = |path: &str| Mention::Path(PathBuf::from(path));
        let cases: &[(&str, &[Mention])] = &[
            ("$alpha", &[name("alpha")]),
            ("please $alpha and again $alpha.", &[name("alpha"), name("alpha")]),
            ("`$alpha`", &[name("alpha")]),
            ("x$alpha \\$beta", &[name("alpha"), name("beta")]),
            ("$$alpha", &[name("alpha")]),
            ("[$alpha](/abs/SKILL.md) x", &[path("/abs/SKILL.md")]),
            ("[$alpha](skill:///abs/SKILL.md)", &[path("/abs/SKILL.md")]),
            ("[$alpha](/a b/SKILL.md) $b", &[path("/a b/SKILL.md"), name("b")]),
            ("[$alpha](relative)", &[name("alpha")]),
            ("[$alpha](/never closed", &[name("alpha")]),
            ("[$alpha] (/abs)", &[name("alpha")]),
            ("$ALPHA $alphabet $alpha-beta $alpha:x", &[name("ALPHA"), name("alphabet"), name("alpha-beta"), name("alpha:x")]),
            ("alpha /alpha $ $", &[]),
            ("$PATH:$HOME", &[name("PATH:")]),
            ("echo $PATH $HOME", &[]),
            ("$日本 ${x} $(ls)", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(mentions(text), *expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_found_wherever_it_stands(before in "[^$\\[]{0,20}", name in "[a-z][a-z0-9_-]{0,20}", after in "[ .,!\n日]?") {
            let found = mentions(&format!("{before}${name}{after}"));
            prop_assert_eq!(found, vec![Mention::Name(name)]);
        }

        #[test]
        fn any_text_is_read_to_its_end(text in "[\\[\\]()$a-z/:\n 日]{0,200}") {
            prop_assert!(mentions(&text).len() <= text.matches('$').count());
        }
    }
}
