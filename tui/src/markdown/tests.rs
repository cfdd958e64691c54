use pretty_assertions::assert_eq;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;

use super::{Stream, render};
use crate::text::{line_width, plain_text};
use crate::theme::{ColourDepth, Look};

fn look() -> Look {
    Look { depth: ColourDepth::Sixteen, ..Look::default() }
}

fn texts(text: &str, width: u16) -> Vec<String> {
    render(text, width, &look()).iter().map(plain_text).collect()
}

#[test]
fn blocks_look_as_agreed() {
    let text = "# Heading one\nSome *italic*, **bold**, `inline code`, ~~strike~~ and a [link](https://example.com/x).\n\n\
                - bullet a\n  - nested b\n- bullet c that wraps because it is long\n\n1. first\n2. second\n\n> quoted text\n\n\
                ```nosuch\nfn main() {}\n```\n\n---\n### Heading three\nEnd.\n";
    assert_eq!(
        texts(text, 40),
        [
            "# Heading one",
            "",
            "Some italic, bold, inline code, strike",
            "and a link (https://example.com/x).",
            "",
            "- bullet a",
            "    - nested b",
            "- bullet c that wraps because it is long",
            "",
            "1. first",
            "2. second",
            "",
            "> quoted text",
            "",
            "fn main() {}",
            "",
            "———",
            "",
            "### Heading three",
            "",
            "End.",
        ]
    );
}

#[test]
fn styles_are_those_of_the_contract() {
    let style_of = |text: &str, part: &str| {
        let lines = render(text, 80, &look());
        let span = lines.iter().flat_map(|line| &line.spans).find(|span| span.content == part).cloned();
        span.unwrap_or_else(|| panic!("`{part}` is no span of {lines:?}")).style
    };
    assert_eq!(style_of("# One", "# One"), Style::new().bold().underlined());
    assert_eq!(style_of("## Two", "## Two"), Style::new().bold());
    assert_eq!(style_of("### Three", "### Three"), Style::new().bold().italic());
    assert_eq!(style_of("a `b` c", "b"), Style::new().fg(Color::Cyan));
    assert_eq!(style_of("a ~~b~~ c", "b").add_modifier, Modifier::CROSSED_OUT);
    assert_eq!(style_of("[t](http://u)", "http://u"), Style::new().fg(Color::Cyan).underlined());
    assert_eq!(style_of("<http://u>", "http://u"), Style::new().fg(Color::Cyan).underlined());
    assert_eq!(style_of("1. x", "1. "), Style::new().fg(Color::LightBlue));
    assert_eq!(style_of("> x", "> x"), Style::new().fg(Color::Green));
}

#[test]
fn tables_are_aligned_by_what_is_shown() {
    let table = "| A | B |\n|---|--:|\n| one | 2 |\n| 日本 `x` | 44 |\n\nafter";
    assert_eq!(texts(table, 40), ["A        B", "──────  ──", "one      2", "日本 x  44", "", "after"]);
}

#[test]
fn cells_wrap_and_a_narrow_table_becomes_records() {
    let table = "| Name | What it is |\n|---|---|\n| alpha | the first letter of the alphabet |\n| beta | the second |\n";
    assert_eq!(
        texts(table, 24),
        ["Name   What it is", "─────  ─────────────────", "alpha  the first letter", "       of the alphabet", "beta   the second"]
    );
    assert_eq!(
        texts(table, 14),
        ["Name: alpha", "What it is:", "  the first", "  letter of", "  the alphabet", "", "Name: beta", "What it is:", "  the second"]
    );
}

#[test]
fn code_is_never_wrapped() {
    let long = "x".repeat(100);
    assert_eq!(texts(&format!("```\n{long}\n```\n"), 20), [long.as_str()]);
    assert_eq!(texts(&format!("- a\n\n      {long}\n"), 20), ["- a".to_owned(), String::new(), format!("  {long}")]);
}

#[test]
fn lists_keep_their_numbers_and_their_blank_lines() {
    assert_eq!(texts("3. c\n4. d\n\n   more\n5. e\n", 40), ["3. c", "4. d", "", "   more", "5. e"]);
    assert_eq!(texts("1. a\n1. b\n\n1. c\n\n- x\n\n\n- y\n", 40), ["1. a", "2. b", "", "3. c", "", "- x", "", "- y"]);
    assert_eq!(texts("- [ ] open\n- [x] done\n-\n", 40), ["- [ ] open", "- [x] done", "-"]);
    assert_eq!(texts("1. a\n   ```\n   code\n   ```\n   b\n", 40), ["1. a", "", "   code", "   b"]);
}

#[test]
fn quotes_nest() {
    assert_eq!(texts("> a\n> > b\n>\n> - c\n", 40), ["> a", ">", "> > b", ">", "> - c"]);
}

#[test]
fn links_that_are_defined_before_their_use_are_resolved() {
    assert_eq!(texts("[x]: http://e\n\nsee [x]\n", 40), ["see x (http://e)"]);
}

// O1
#[test]
fn no_control_character_comes_out_of_markdown() {
    let text = "a\x1b[2Jb &#27;[31m [l](http://e/\x1b]0;x\x07 'y') <b\x1b>\n\n```\x1b\n\x1b[1mcode\x07\n```\n\n| \x1b[1mA |\n|---|\n| &#x9b;31m |\n\n<p>\x1b[0m&#27;</p>\n";
    for line in render(text, 40, &look()) {
        assert!(!plain_text(&line).chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn depth_without_end_ends() {
    let deep = format!("{} x\n", ">".repeat(5_000));
    assert!(!render(&deep, 40, &look()).is_empty());
    let list = (0..200).map(|n| format!("{}- x\n", "  ".repeat(n))).collect::<String>();
    assert!(!render(&list, 40, &look()).is_empty());
}

#[test]
fn lines_come_out_as_soon_as_nothing_can_change_them() {
    let mut stream = Stream::new(40, &look());
    let mut push = |delta: &str| stream.push(delta).iter().map(plain_text).collect::<Vec<_>>();
    assert!(push("Hello").is_empty());
    assert!(push(" there.\n").is_empty());
    assert_eq!(push("\n- a\n"), ["Hello there."]);
    assert_eq!(push("- b\n"), ["", "- a"]);
    assert_eq!(push("\n```sh\n"), ["- b"]);
    assert_eq!(push("one\ntw"), ["", "one"]);
    assert_eq!(push("o\n```\n"), ["two"]);
    assert_eq!(push("## End\n"), ["", "## End"]);
    assert_eq!(push("open"), Vec::<String>::new());
    assert_eq!(stream.unfinished().iter().map(plain_text).collect::<Vec<_>>(), ["", "open"]);
    assert_eq!(stream.finish().iter().map(plain_text).collect::<Vec<_>>(), ["", "open"]);
}

#[test]
fn a_large_text_is_rendered_in_time() {
    let begun = std::time::Instant::now();
    let mut stream = Stream::new(80, &look());
    let mut rows = 0;
    for n in 0..20_000 {
        rows += stream.push(if n % 7 == 0 { "word\n" } else { "some text " }).len();
    }
    rows += stream.finish().len();
    assert!(rows > 2_000);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

fn pieces() -> impl Strategy<Value = Vec<&'static str>> {
    let parts = vec![
        "word",
        "two words",
        " ",
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        "- item\n",
        "  - nested\n",
        "1. one\n",
        "2) two\n",
        "* star\n",
        "> quote\n",
        "```\n",
        "```zz\n",
        "~~~\n",
        "# Head\n",
        "===\n",
        "---\n",
        "| a | b |\n",
        "|---|---|\n",
        "| 1 | 2 |\n",
        "`code`",
        "**bold**",
        "*it",
        "*",
        "[l](u)",
        "[x]",
        "[x]: http://e\n",
        "    indented\n",
        "  ",
        "<b>\n",
        "<!-- c -->\n",
        "日本",
        "🎉",
        "\t",
        "\r\n",
        "\x1b[31m",
        "- [ ] t\n",
        "\\",
        "&#27;",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn streamed_lines_are_those_of_the_whole_text(parts in pieces(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12), width in 8u16..60) {
        let text = parts.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).filter(|cut| text.is_char_boundary(*cut)).collect();
        cuts.push(text.len());
        cuts.sort_unstable();
        let mut stream = Stream::new(width, &look());
        let mut lines: Vec<Line<'static>> = Vec::new();
        let mut from = 0;
        for cut in cuts {
            lines.extend(stream.push(&text[from..cut]));
            from = cut;
        }
        lines.extend(stream.finish());
        prop_assert_eq!(lines, render(&text, width, &look()));
    }

    #[test]
    fn every_row_of_text_fits(words in prop::collection::vec("[a-z日🎉]{1,14}", 1..20), mark in prop::sample::select(vec!["", "- ", "> ", "1. ", "# "]), width in 20u16..60) {
        for line in render(&format!("{mark}{}", words.join(" ")), width, &look()) {
            prop_assert!(line_width(&line) <= usize::from(width));
        }
    }
}
