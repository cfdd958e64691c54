//! `[[skills.config]]`: which skills a person switched off, or on again.

use std::path::{Path, PathBuf};

/// An entry, by `path` or by `name`; with both or neither it means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// A `SKILL.md`.
    pub path: Option<PathBuf>,
    /// A name, wherever the skill lies.
    pub name: Option<String>,
    /// Whether the skill is offered.
    pub enabled: bool,
}

/// All entries, in their order; paths are real ones as far as they exist.
#[derive(Debug)]
pub(crate) struct Switches(Vec<Switch>);

impl Switches {
    pub(crate) fn new(switches: &[Switch]) -> Self {
        let meaningful = switches.iter().filter(|switch| switch.path.is_some() != switch.name.is_some());
        let real = |switch: &Switch| Switch {
            path: switch.path.as_ref().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())),
            ..switch.clone()
        };
        Self(meaningful.map(real).collect())
    }

    /// Whether the skill is offered; the last entry about it says so.
    pub(crate) fn allow(&self, path: &Path, name: &str) -> bool {
        let is_meant = |switch: &&Switch| switch.path.as_deref() == Some(path) || switch.name.as_deref() == Some(name);
        self.0.iter().rev().find(is_meant).is_none_or(|switch| switch.enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entry_about_a_skill_counts() {
        let entry = |path: Option<&str>, name: Option<&str>, enabled| Switch {
            path: path.map(PathBuf::from),
            name: name.map(str::to_owned),
            enabled,
        };
        let (file, name) = (Path::new("/nowhere/a/SKILL.md"), "a");
        let cases: &[(&[Switch], bool)] = &[
            (&[], true),
            (&[entry(Some("/nowhere/a/SKILL.md"), None, false)], false),
            (&[entry(None, Some("a"), false)], false),
            (&[entry(None, Some("a"), false), entry(Some("/nowhere/a/SKILL.md"), None, true)], true),
            (&[entry(None, Some("a"), true), entry(None, Some("a"), false)], false),
            (&[entry(Some("/nowhere/a"), None, false)], true),
            (&[entry(Some("/nowhere/a/SKILL.md"), Some("a"), false)], true),
            (&[entry(None, None, false)], true),
            (&[entry(None, Some("A"), false)], true),
        ];
        for (entries, allowed) in cases {
            assert_eq!(Switches::new(entries).allow(file, name), *allowed, "{entries:?}");
        }
    }
}
