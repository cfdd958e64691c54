//! Rules that are stored, and removed again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use codex_execpolicy::{AmendError, Decision, Prefix, append_allow, durable_prefix, is_removable, load, remove, rule_line};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

use crate::words;

fn prefix(words: &[&str]) -> Prefix {
    let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    durable_prefix(&argv, Some(&Path::new("/usr/bin").join(words[0]))).unwrap()
}

struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn with(text: &str) -> Self {
        let home = Self::new();
        fs::create_dir(home.path().join("rules")).unwrap();
        fs::set_permissions(home.path().join("rules"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(home.file(), text).unwrap();
        fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join("rules/default.rules")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_rule_is_one_line_in_a_file_of_the_users_own() {
    let home = Home::new();
    let rule = append_allow(home.path(), &prefix(&["touch", "am 1"])).unwrap();
    assert_eq!(home.text(), "prefix_rule(pattern=[\"touch\", \"am 1\"], decision=\"allow\")\n");
    assert_eq!((mode_of(&home.file()), mode_of(&home.path().join("rules"))), (0o600, 0o700));
    let loaded = load(home.path(), &[]);
    assert_eq!((loaded.policy.prefix_rules(), loaded.warnings), ([rule].as_slice(), vec![]));
    assert_eq!(loaded.policy.check(&words("touch 'am 1' x")).decision, Some(Decision::Allow));
    assert_eq!(loaded.policy.check(&words("touch am")).decision, None);
}

#[test]
fn a_rule_that_is_there_is_not_stored_again() {
    let home = Home::with("# mine\nprefix_rule(pattern=[\"touch\", \"a\"], decision=\"allow\")\n");
    let again = append_allow(home.path(), &prefix(&["touch", "a"])).unwrap();
    let other = append_allow(home.path(), &prefix(&["touch", "b"])).unwrap();
    assert_eq!((again.origin.line, other.origin.line), (2, 3));
    assert_eq!(home.text().lines().count(), 3);
}

#[test]
fn what_an_interrupted_writer_left_is_taken_out_and_the_rest_is_kept() {
    let line = "prefix_rule(pattern=[\"touch\", \"b\"], decision=\"allow\")\n";
    for (before, kept) in [
        ("# a\nprefix_rule(pattern=[\"touch\", \"a", "# a\n"),
        ("# a\nprefix_ru", "# a\n"),
        ("prefix_rule(pattern=[\"touch\"], decision", ""),
        // A person's file without a final newline.
        ("prefix_rule(\n  [\"x\"]\n)", "prefix_rule(\n  [\"x\"]\n)\n"),
        ("# a", "# a\n"),
        ("", ""),
    ] {
        let home = Home::with(before);
        append_allow(home.path(), &prefix(&["touch", "b"])).unwrap();
        assert_eq!(home.text(), format!("{kept}{line}"));
        assert_eq!(load(home.path(), &[]).warnings, Vec::<String>::new());
    }
}

#[test]
fn a_broken_file_is_left_alone() {
    for text in ["prefix_rule(\n", "x\n", "x = 1\nprefix_rule([\"a\"], \"deny\")", "x\nprefix_rule(pattern=[\"tou"] {
        let home = Home::with(text);
        let error = append_allow(home.path(), &prefix(&["touch", "b"])).unwrap_err();
        assert!(matches!(error, AmendError::Broken(_)), "{error}");
        assert_eq!(home.text(), text);
    }
}

#[test]
fn a_file_whose_rules_would_not_count_gets_none() {
    for (file, folder) in [(0o660, 0o700), (0o600, 0o777)] {
        let home = Home::with("");
        fs::set_permissions(home.file(), fs::Permissions::from_mode(file)).unwrap();
        fs::set_permissions(home.path().join("rules"), fs::Permissions::from_mode(folder)).unwrap();
        let error = append_allow(home.path(), &prefix(&["touch", "b"])).unwrap_err();
        assert!(matches!(error, AmendError::Open { .. }) && error.to_string().contains("chmod go-w"), "{error}");
        assert_eq!(home.text(), "");
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let home = Home::new();
    let (writers, each) = (8, 8);
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let home = &home;
            scope.spawn(move || {
                for number in 0..each {
                    append_allow(home.path(), &prefix(&["touch", &format!("{writer}-{number}")])).unwrap();
                }
            });
        }
    });
    let loaded = load(home.path(), &[]);
    assert_eq!((loaded.policy.prefix_rules().len(), loaded.warnings.len()), (writers * each, 0));
}

#[test]
fn a_stored_rule_is_removed_and_every_other_line_stays() {
    let before =
        "# mine\nprefix_rule(pattern=[\"touch\", \"a\"], decision=\"allow\")\n\n# more\nprefix_rule([\"x\"], \"forbidden\") # never\nx = 1";
    let home = Home::with(before);
    let rules = load(home.path(), &[]).policy.prefix_rules().to_vec();
    assert!(is_removable(home.path(), &rules[0]) && is_removable(home.path(), &rules[1]));
    remove(home.path(), &rules[1]).unwrap();
    assert_eq!(home.text(), "# mine\nprefix_rule(pattern=[\"touch\", \"a\"], decision=\"allow\")\n\n# more\nx = 1");
    remove(home.path(), &rules[0]).unwrap();
    assert_eq!(home.text(), "# mine\n\n# more\nx = 1");
    assert_eq!(mode_of(&home.file()), 0o600);
    assert!(matches!(remove(home.path(), &rules[0]), Err(AmendError::NotRemovable { .. } | AmendError::Changed { .. })));
    let left: Vec<_> = fs::read_dir(home.path().join("rules")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["default.rules"]);
}

#[test]
fn only_single_lines_of_the_default_file_are_removed() {
    for text in [
        "prefix_rule(\n  [\"x\"])\n",
        "for n in [\"x\"]: prefix_rule([n])\n",
        "[prefix_rule([n]) for n in [\"x\", \"y\"]]\n",
        "def f():\n  prefix_rule([\"x\"])\nf()\n",
        "if True:\n  prefix_rule([\"x\"])\n",
        "prefix_rule([\"x\"]); prefix_rule([\"y\"])\n",
        "n = \"x\"; prefix_rule([n])\n",
    ] {
        let home = Home::with(text);
        let rule = load(home.path(), &[]).policy.prefix_rules()[0].clone();
        let removed = remove(home.path(), &rule);
        if text.starts_with("for") || text.starts_with("n =") {
            // One line, one rule: the whole line goes.
            assert!(removed.is_ok() && home.text().is_empty(), "{text}");
        } else {
            assert!(matches!(removed, Err(AmendError::NotRemovable { .. })), "{text}");
            assert_eq!(home.text(), text);
            assert!(!is_removable(home.path(), &rule));
        }
    }
    let home = Home::with("");
    let other = home.path().join("rules/other.rules");
    fs::write(&other, "prefix_rule([\"x\"])\n").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    let rule = load(home.path(), &[]).policy.prefix_rules()[0].clone();
    let error = remove(home.path(), &rule).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{}:1 is not a single line", other.display())), "{error}");
}

#[test]
fn a_file_that_changed_meanwhile_is_not_touched() {
    let home = Home::with("prefix_rule([\"x\"])\n");
    let rule = load(home.path(), &[]).policy.prefix_rules()[0].clone();
    fs::write(home.file(), "prefix_rule([\"y\"])\nprefix_rule([\"x\"])\n").unwrap();
    assert!(matches!(remove(home.path(), &rule), Err(AmendError::Changed { .. })));
    assert_eq!(home.text().lines().count(), 2);
}

#[test]
fn odd_words_are_spelt_so_that_they_read_back() {
    assert_eq!(
        rule_line(&prefix(&["touch", "a\"b\\c $x 'é' {y}"])),
        "prefix_rule(pattern=[\"touch\", \"a\\\"b\\\\c $x 'é' {y}\"], decision=\"allow\")"
    );
}
