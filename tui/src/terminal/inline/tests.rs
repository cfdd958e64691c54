use std::num::NonZero;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::Line;

use super::Inline;
use crate::terminal::{Habits, RowsKept, Size};

/// A terminal that scrolls when it gets lower, as terminals do, and leaves rows as they are when it gets narrower.
struct Terminal {
    parser: vt100::Parser,
}

impl Terminal {
    fn new(columns: u16, rows: u16) -> Self {
        Self { parser: vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 100_000) }
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        let (row, _) = self.parser.screen().cursor_position();
        if row >= rows {
            let away = row - rows + 1;
            self.parser.process(b"\x1b7\x1b[999B");
            self.parser.process("\n".repeat(usize::from(away)).as_bytes());
            self.parser.process(format!("\x1b8\x1b[{away}A").as_bytes());
        }
        self.parser.screen_mut().set_size(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
    }

    /// Every row there is, scrollback first, without blanks at their ends and without blank rows at the end.
    fn rows(&mut self) -> Vec<String> {
        let screen = self.parser.screen_mut();
        let columns = screen.size().1.get();
        screen.set_scrollback(usize::MAX);
        let scrolled = screen.scrollback();
        let mut rows = Vec::new();
        for offset in (1..=scrolled).rev() {
            screen.set_scrollback(offset);
            rows.extend(screen.rows(0, columns).next());
        }
        screen.set_scrollback(0);
        rows.extend(screen.rows(0, columns));
        let mut rows: Vec<String> = rows.iter().map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

fn habits(reflows: bool) -> Habits {
    Habits { reflows, rows: RowsKept::AsFarAsFit }
}

fn view(columns: u16, texts: &[String]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, u16::try_from(texts.len()).unwrap()));
    for (row, text) in texts.iter().enumerate() {
        let style = if row % 2 == 0 { Style::default() } else { Style::default().fg(Color::Red) };
        buffer.set_stringn(0, u16::try_from(row).unwrap(), text, usize::from(columns), style);
    }
    buffer
}

fn without_blank_end(mut rows: Vec<String>) -> Vec<String> {
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

#[derive(Clone, Debug)]
enum Deed {
    Show { history: Vec<String>, live: Vec<String>, caret: Option<(u16, u16)> },
    Resize(u16, u16),
}

/// Texts of at most 20 columns, so that no width of the test breaks them.
fn short() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,19}", "[a-z漢字😀é]{0,9}", Just(String::new())]
}

fn deed() -> impl Strategy<Value = Deed> {
    let show = (prop::collection::vec(short(), 0..12), prop::collection::vec(short(), 0..6), prop::option::of((0..20_u16, 0..6_u16)))
        .prop_map(|(history, live, caret)| Deed::Show { history, live, caret });
    prop_oneof![6 => show, 1 => (20..200_u16, 6..40_u16).prop_map(|(columns, rows)| Deed::Resize(columns, rows))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_is_shown_history_is_in_the_scrollback_once_and_in_order(deeds in prop::collection::vec(deed(), 1..40)) {
        let mut terminal = Terminal::new(80, 12);
        let mut inline = Inline::new(Size::new(80, 12), habits(false), false);
        let mut columns = 80;
        let mut printed: Vec<String> = Vec::new();
        let mut live: Vec<String> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Resize(to, rows) => {
                    terminal.resize(to, rows);
                    inline.resized(Size::new(to, rows));
                    columns = to;
                    // What is live is drawn again with the next update.
                }
                Deed::Show { history, live: shown, caret } => {
                    live = shown;
                    let lines: Vec<Line> = history.iter().map(|text| Line::from(text.clone())).collect();
                    let height = u16::try_from(live.len()).unwrap();
                    let caret = caret.filter(|_| height > 0).map(|(x, y)| Position::new(x.min(columns - 1), y.min(height - 1)));
                    inline.update(&mut terminal.parser, &lines, view(columns, &live), caret).unwrap();
                    printed.extend(history);
                    let expected: Vec<String> = printed.iter().chain(&live).cloned().collect();
                    prop_assert_eq!(terminal.rows(), without_blank_end(expected));
                    prop_assert_eq!(terminal.parser.screen().hide_cursor(), caret.is_none());
                    if let Some(caret) = caret {
                        let first_live = i64::try_from(printed.len()).unwrap() - i64::try_from(scrolled(&mut terminal)).unwrap();
                        let (row, column) = terminal.parser.screen().cursor_position();
                        prop_assert_eq!((i64::from(row), column), (first_live + i64::from(caret.y), caret.x));
                    }
                }
            }
        }
        let _ = live;
    }

    #[test]
    fn lines_longer_than_the_terminal_are_broken_by_it_and_leave_nothing_of_the_live_rows(
        shows in prop::collection::vec((prop::collection::vec("[a-z漢 ]{0,90}", 0..5), prop::collection::vec("[A-Z]{0,29}", 1..5)), 1..12),
    ) {
        let mut terminal = Terminal::new(30, 10);
        let mut inline = Inline::new(Size::new(30, 10), habits(false), false);
        let mut plain = Terminal::new(30, 10).parser;
        let mut last = Vec::new();
        for (history, live) in shows {
            let lines: Vec<Line> = history.iter().map(|text| Line::from(text.clone())).collect();
            inline.update(&mut terminal.parser, &lines, view(30, &live), Some(Position::ORIGIN)).unwrap();
            for text in &history {
                plain.process(format!("{text}\r\n").as_bytes());
            }
            last = live;
        }
        plain.process(last.join("\r\n").as_bytes());
        prop_assert_eq!(terminal.rows(), Terminal { parser: plain }.rows());
    }
}

fn scrolled(terminal: &mut Terminal) -> usize {
    let screen = terminal.parser.screen_mut();
    screen.set_scrollback(usize::MAX);
    let scrolled = screen.scrollback();
    screen.set_scrollback(0);
    scrolled
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let mut inline = Inline::new(Size::new(20, 10), habits(false), false);
    let mut out = Vec::new();
    let rows = ["one".to_owned(), "two".to_owned()];
    inline.update(&mut out, &[], view(20, &rows), Some(Position::new(1, 1))).unwrap();
    let first = out.len();
    inline.update(&mut out, &[], view(20, &rows), Some(Position::new(1, 1))).unwrap();
    assert_eq!(out.len(), first);
}

#[test]
fn a_key_changes_only_its_cell() {
    let mut inline = Inline::new(Size::new(20, 10), habits(false), false);
    let mut out = Vec::new();
    inline.update(&mut out, &[], view(20, &["abc".to_owned(), "status".to_owned()]), Some(Position::new(3, 0))).unwrap();
    out.clear();
    inline.update(&mut out, &[], view(20, &["abcd".to_owned(), "status".to_owned()]), Some(Position::new(4, 0))).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("\x1b[?2026h") && text.ends_with("\x1b[?2026l"), "{text:?}");
    assert!(text.contains('d') && !text.contains("abc") && !text.contains("status") && !text.contains("\x1b[2J"), "{text:?}");
}

/// T5: what drives a terminal never reaches it.
#[test]
fn control_characters_are_left_out() {
    let mut inline = Inline::new(Size::new(40, 10), habits(false), false);
    let mut out = Vec::new();
    let hostile = Line::from("a\u{1b}]0;title\u{7}b\u{9b}31mc\rd");
    inline.update(&mut out, &[hostile], view(40, &["x".to_owned()]), None).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("a]0;titleb31mcd"), "{text:?}");
}

#[test]
fn rows_that_a_narrower_terminal_broke_are_cleared_from_the_first_on() {
    let mut inline = Inline::new(Size::new(60, 10), habits(true), false);
    let mut terminal = Terminal::new(60, 10);
    let live = ["short".to_owned(), "x".repeat(50), "caret".to_owned()];
    inline.update(&mut terminal.parser, &[Line::from("history")], view(60, &live), Some(Position::new(5, 2))).unwrap();
    // What a terminal that breaks rows anew makes of it at 20 columns: the second row became three.
    let broken = format!("history\r\nshort\r\n{}\r\ncaret", "x".repeat(50));
    let mut narrow = Terminal::new(20, 10);
    narrow.parser.process(broken.as_bytes());
    inline.resized(Size::new(20, 10));
    let live = ["short".to_owned(), "caret".to_owned()];
    inline.update(&mut narrow.parser, &[], view(20, &live), Some(Position::new(5, 1))).unwrap();
    assert_eq!(narrow.rows(), ["history", "short", "caret"]);
}

/// The rows that are seen.
fn seen(terminal: &Terminal) -> Vec<String> {
    let rows = terminal.parser.screen().rows(0, u16::MAX).map(|row| row.trim_end().to_owned()).collect();
    without_blank_end(rows)
}

fn overlay(columns: u16, rows: u16) -> Buffer {
    view(columns, &vec!["overlay".to_owned(); usize::from(rows)])
}

#[test]
fn behind_an_overlay_on_the_main_screen_the_last_lines_are_there_again_once() {
    for (before, lines) in [(0, 30), (0, 4), (7, 4), (11, 2), (3, 0)] {
        let mut terminal = Terminal::new(40, 12);
        let shell: Vec<String> = (0..before).map(|n| format!("shell {n}")).collect();
        shell.iter().for_each(|line| terminal.parser.process(format!("{line}\r\n").as_bytes()));
        let mut inline = Inline::new(Size::new(40, 12), habits(true), true);
        let live = ["Working".to_owned(), String::new(), "draft".to_owned()];
        inline.update(&mut terminal.parser, &[], view(40, &live), Some(Position::new(5, 2))).unwrap();
        let history: Vec<String> = (0..lines).map(|n| format!("line {n}")).collect();
        let printed: Vec<Line> = history.iter().map(|text| Line::from(text.clone())).collect();
        inline.update(&mut terminal.parser, &printed, view(40, &live), Some(Position::new(5, 2))).unwrap();
        let shown = seen(&terminal);
        for _ in 0..2 {
            inline.cover(&mut terminal.parser, overlay(40, 12), None).unwrap();
            assert_eq!(seen(&terminal), vec!["overlay"; 12]);
            inline.update(&mut terminal.parser, &[], view(40, &live), Some(Position::new(5, 2))).unwrap();
            let whole: Vec<String> = shell.iter().chain(&history).chain(&live).cloned().collect();
            assert_eq!(terminal.rows(), whole);
            let ours = shown.iter().filter(|row| !row.starts_with("shell"));
            assert_eq!(seen(&terminal).iter().filter(|row| !row.starts_with("shell")).collect::<Vec<_>>(), ours.collect::<Vec<_>>());
        }
    }
}

#[test]
fn lines_that_an_overlay_is_drawn_over_are_not_lost_to_who_begins_anew() {
    let mut terminal = Terminal::new(40, 12);
    let mut inline = Inline::new(Size::new(40, 12), habits(true), true);
    let live = ["draft".to_owned()];
    inline.update(&mut terminal.parser, &[Line::from("one"), Line::from("two")], view(40, &live), None).unwrap();
    inline.cover(&mut terminal.parser, overlay(40, 12), None).unwrap();
    assert_eq!(inline.uncovered(), [Line::from("one"), Line::from("two")]);
}

#[test]
fn a_background_that_filled_a_wider_row_makes_no_second_one() {
    let mut terminal = Terminal::new(30, 12);
    let mut inline = Inline::new(Size::new(30, 12), habits(false), true);
    let live = ["draft".to_owned()];
    let filled = Line::from(vec!["+ word".into(), " ".repeat(20).into(), " ".repeat(4).into()]);
    inline.update(&mut terminal.parser, &[filled, Line::from("next")], view(30, &live), None).unwrap();
    inline.cover(&mut terminal.parser, overlay(30, 12), None).unwrap();
    terminal.resize(20, 12);
    inline.resized(Size::new(20, 12));
    inline.update(&mut terminal.parser, &[], view(20, &live), None).unwrap();
    assert_eq!(terminal.rows(), ["+ word", "next", "draft"]);
}

#[derive(Clone, Debug)]
enum Turn {
    Show(Vec<String>, Vec<String>),
    Overlay,
    Resize(u16, u16),
}

fn turn() -> impl Strategy<Value = Turn> {
    let long = prop_oneof![4 => short(), 1 => "[a-z]{21,60}", 1 => "[a-z漢]{30,40}"];
    let show =
        (prop::collection::vec(long, 0..9), prop::collection::vec(short(), 1..6)).prop_map(|(history, live)| Turn::Show(history, live));
    prop_oneof![6 => show, 2 => Just(Turn::Overlay), 1 => (20..60_u16, 6..20_u16).prop_map(|(columns, rows)| Turn::Resize(columns, rows))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_overlays_are_drawn_over_history_is_there_once_and_in_order(
        turns in prop::collection::vec(turn(), 1..30), rows_kept in prop::sample::select(vec![RowsKept::Refilled, RowsKept::AsFarAsFit, RowsKept::Unknown]),
    ) {
        let (mut columns, mut rows) = (30, 10);
        let mut terminal = Terminal::new(columns, rows);
        let mut inline = Inline::new(Size::new(columns, rows), Habits { reflows: false, rows: rows_kept }, true);
        let mut printed: Vec<String> = Vec::new();
        let mut live = vec![String::new()];
        for turn in turns {
            let is_drawn = !matches!(turn, Turn::Resize(..));
            match turn {
                Turn::Resize(to, height) => {
                    // It gets no narrower, which would cut rows.
                    (columns, rows) = (columns.max(to), height);
                    terminal.resize(columns, rows);
                    inline.resized(Size::new(columns, rows));
                }
                Turn::Overlay => {
                    inline.cover(&mut terminal.parser, overlay(columns, rows), None).unwrap();
                    inline.update(&mut terminal.parser, &[], view(columns, &live), None).unwrap();
                }
                Turn::Show(history, shown) => {
                    let lines: Vec<Line> = history.iter().map(|text| Line::from(text.clone())).collect();
                    live = shown;
                    inline.update(&mut terminal.parser, &lines, view(columns, &live), None).unwrap();
                    printed.extend(history);
                }
            }
            let told = terminal.rows().concat();
            let wanted: String = printed.iter().chain(&live).map(String::as_str).collect();
            if is_drawn {
                prop_assert_eq!(told.replace(' ', ""), wanted.replace(' ', ""));
            }
        }
    }
}
