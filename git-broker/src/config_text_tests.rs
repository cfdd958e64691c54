use pretty_assertions::assert_eq;

use super::*;

const FILE: &str = "[core]\n\tbare = false\n# note\n[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n\tdescription = \"a # b\"\n[remote \"origin\"]\n\turl = x\n";

fn edited(text: &str, edit: impl FnOnce(&mut ConfigText)) -> String {
    let mut config = ConfigText::parse(text).unwrap();
    edit(&mut config);
    let text = config.to_text();
    assert_eq!(ConfigText::parse(&text).unwrap().to_text(), text);
    text
}

#[test]
fn an_upstream_is_set_in_the_section_of_its_branch() {
    let text = edited(FILE, |config| {
        config.set_branch("main", BranchKey::Merge, "refs/heads/next");
        config.set_branch("main", BranchKey::Remote, "up stream");
    });
    let expected = "[core]\n\tbare = false\n# note\n[branch \"main\"]\n\tdescription = \"a # b\"\n\tmerge = refs/heads/next\n\tremote = \"up stream\"\n[remote \"origin\"]\n\turl = x\n";
    assert_eq!(text, expected);
}

#[test]
fn a_branch_without_a_section_gets_one_at_the_end() {
    for (before, expected) in
        [("", "[branch \"x\"]\n\tremote = .\n"), ("[core]\n\tbare = false", "[core]\n\tbare = false[branch \"x\"]\n\tremote = .\n")]
    {
        let text = edited(before, |config| config.set_branch("x", BranchKey::Remote, "."));
        let expected = expected.replace("false[", "false\n[");
        assert_eq!(text, expected);
    }
}

#[test]
fn sections_are_renamed_copied_and_removed_as_a_whole() {
    let text = edited(FILE, |config| config.rename_branch("main", "a\"b\\c]"));
    assert_eq!(text, FILE.replace("\"main\"", "\"a\\\"b\\\\c]\""));
    let text = edited(FILE, |config| config.copy_branch("main", "copy"));
    assert_eq!(text, format!("{FILE}[branch \"copy\"]\n\tremote = origin\n\tmerge = refs/heads/main\n"));
    let text = edited(FILE, |config| config.remove_branch("main"));
    assert_eq!(text, "[core]\n\tbare = false\n# note\n[remote \"origin\"]\n\turl = x\n");
    let text = edited(FILE, |config| config.unset_branch("main", BranchKey::Remote));
    assert_eq!(text, FILE.replace("\tremote = origin\n", ""));
    assert_eq!(edited(FILE, |config| config.remove_branch("other")), FILE);
}

#[test]
fn names_cannot_reach_beyond_their_quotes() {
    for name in ["x]\n[core]\nfsmonitor=p", "x\"]\n[core", "\\", "a\tb"] {
        let mut config = ConfigText::parse(FILE).unwrap();
        config.rename_branch("main", name);
        let Ok(again) = ConfigText::parse(&config.to_text()) else { continue };
        assert_eq!(again.value("core", "fsmonitor"), None, "{name}");
    }
    let text = edited("", |config| config.set_branch("b", BranchKey::Merge, "x\" ; y"));
    assert_eq!(ConfigText::parse(&text).unwrap().entries().collect::<Vec<_>>(), [("branch", Some("b"), "merge", Some("x\" ; y"))]);
}

#[test]
fn entries_are_read_as_git_reads_them() {
    let text = "[A \"b\\\"c\"] one = 1 # x\n[d.E]\ntwo\n three = \"a b\" c  \n[f] ; note\nfour = x\\\n y\nfive = \\n\\\"\n";
    let config = ConfigText::parse(text).unwrap();
    assert_eq!(config.to_text(), text);
    let expected = [
        ("a", Some("b\"c"), "one", Some("1")),
        ("d", Some("e"), "two", None),
        ("d", Some("e"), "three", Some("a b c")),
        ("f", None, "four", Some("x y")),
        ("f", None, "five", Some("\n\"")),
    ];
    assert_eq!(config.entries().collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    for (text, line) in [
        ("[core\n", 1),
        ("key = before any section\n", 1),
        ("[a]\nx = \"open\n", 2),
        ("[a]\nx = \\q\n", 2),
        ("[a]\n=x\n", 2),
        ("[a]\nx y\n", 2),
        ("[a \"b]\n", 1),
        ("[]\n", 1),
        ("[a]\n\n\u{1}", 3),
    ] {
        assert_eq!(ConfigText::parse(text), Err(NotUnderstood(line)), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_read_is_written_back_byte_for_byte(text in "([\\[\\]\"\\\\=#; \n\ta-c.]|branch|merge){0,60}") {
        if let Ok(config) = ConfigText::parse(&text) {
            proptest::prop_assert_eq!(config.to_text(), text);
        }
    }

    #[test]
    fn edits_leave_other_settings_alone(text in "(\\[a\\]\n|\\[branch \"m\"\\]|\tx = 1\n|\tmerge = \"q\"\n|# c\n){0,12}", value in "[a-z\"\\\\# ;]{0,8}") {
        let Ok(mut config) = ConfigText::parse(&text) else { return Ok(()) };
        let others = |config: &ConfigText| -> Vec<String> {
            config.entries().filter(|entry| entry.2 != "merge").map(|entry| format!("{entry:?}")).collect()
        };
        let before = others(&config);
        config.set_branch("m", BranchKey::Merge, &value);
        let again = ConfigText::parse(&config.to_text()).unwrap();
        proptest::prop_assert_eq!(before, others(&again));
        let found = again.entries().filter(|entry| (entry.0, entry.1, entry.2) == ("branch", Some("m"), "merge")).last();
        proptest::prop_assert_eq!(found.and_then(|entry| entry.3), Some(value.as_str()));
    }
}
