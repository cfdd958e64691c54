use proptest::prelude::*;

use super::*;

/// The definition: every pass over the whole range, every place tried.
fn by_definition(lines: &Lines<'_>, pattern: &[&str], start: usize) -> Option<(usize, Pass)> {
    PASSES.into_iter().find_map(|pass| {
        let last = lines.len().checked_sub(pattern.len())?;
        (start..=last)
            .find(|at| pattern.iter().enumerate().all(|(i, want)| pass.same(pass.cut(lines.get(at + i)), pass.cut(want))))
            .map(|at| (at, pass))
    })
}

#[test]
fn stricter_passes_win_even_further_down() {
    type Case<'a> = (&'a str, &'a [&'a str], usize, Option<(usize, Pass)>);
    let cases: &[Case<'_>] = &[
        ("a\nb\na\n", &["a"], 0, Some((0, Pass::Exact))),
        ("a\nb\na\n", &["a"], 1, Some((2, Pass::Exact))),
        ("two \nx\ntwo\n", &["two"], 0, Some((2, Pass::Exact))),
        ("two\r\nx\n", &["two"], 0, Some((0, Pass::TrimmedEnd))),
        ("  two\nx\ntwo\t\n", &["two"], 0, Some((2, Pass::TrimmedEnd))),
        ("\u{3000}a\u{a0}\n", &["a"], 0, Some((0, Pass::Trimmed))),
        ("a\u{2013}b\nx\n  a-b\n", &["a-b"], 0, Some((2, Pass::Trimmed))),
        ("say \u{201c}hi\u{201d} \u{2014} it\u{2019}s\u{a0}x\n", &["say \"hi\" - it's x"], 0, Some((0, Pass::Folded))),
        ("a-b\n", &["a\u{2212}b"], 0, Some((0, Pass::Folded))),
        ("a\n", &["a", "b"], 0, None),
        ("a  b\n", &["a b"], 0, None),
        ("\u{200b}a\nA\n\u{2026}\na\u{301}\n", &["a"], 0, None),
        ("a\u{ff0d}b\na\u{ad}b\n", &["a-b"], 0, None),
        ("", &["a"], 0, None),
        ("a\n", &[], 1, Some((1, Pass::Exact))),
    ];
    for (text, pattern, start, want) in cases {
        let lines = Lines::of(text);
        assert_eq!(Seeker::new(&lines).find(pattern, *start), *want, "{text:?} {pattern:?} from {start}");
    }
}

#[test]
fn one_loose_line_makes_the_whole_pattern_loose() {
    let lines = Lines::of("a\nb\nc \nb\nc\n");
    assert_eq!(Seeker::new(&lines).find(&["b", "c"], 0), Some((3, Pass::Exact)));
    assert_eq!(Seeker::new(&lines).find(&["a", "b", "c"], 0), Some((0, Pass::TrimmedEnd)));
}

#[test]
fn at_the_end_means_at_the_end() {
    let lines = Lines::of("x\na\nx  \n");
    let seeker = Seeker::new(&lines);
    assert_eq!(seeker.find_at_end(&["x"], 0), Some((2, Pass::TrimmedEnd)));
    assert_eq!(seeker.find_at_end(&["x"], 3), None);
    assert_eq!(seeker.find_at_end(&["a"], 0), None);
    assert_eq!(seeker.find_at_end(&["x", "a", "x", "x"], 0), None);
}

#[test]
fn what_was_learnt_from_fruitless_scans_changes_no_answer() {
    let text: String = (0..300).map(|i| format!("  line {i}\n")).collect();
    let lines = Lines::of(&text);
    let mut seeker = Seeker::new(&lines);
    for i in 0..299 {
        let (first, second) = (format!("line {i}"), format!("line {}", i + 1));
        assert_eq!(seeker.find(&[&first, &second], i), Some((i, Pass::Trimmed)));
    }
    assert!(seeker.known[Pass::Exact as usize].sketch.is_some(), "the test must reach the case it is about");
    assert_eq!(seeker.find(&["  line 299"], 200), Some((299, Pass::Exact)));
    assert_eq!(seeker.find(&["line 300"], 0), None);
}

fn line() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "a ", " a", "b", "a-b", "a\u{2013}b", " a\u{2014}b", "\u{a0}", "\u{2019}", "'"])
        .prop_map(String::from)
}

proptest! {
    #[test]
    fn the_scan_finds_what_the_definition_says(
        text in prop::collection::vec(line(), 0..24),
        patterns in prop::collection::vec((prop::collection::vec(line(), 1..5), 0_usize..24), 1..12),
    ) {
        let text: String = text.iter().map(|line| format!("{line}\n")).collect();
        let lines = Lines::of(&text);
        let mut seeker = Seeker::new(&lines);
        for (pattern, start) in &patterns {
            let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
            let start = (*start).min(lines.len());
            prop_assert_eq!(seeker.find(&pattern, start), by_definition(&lines, &pattern, start));
        }
    }
}
