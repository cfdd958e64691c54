use std::time::{Duration, Instant};

use codex_protocol::event::{CommandSource, FileChange};
use codex_tui::cells::*;
use codex_tui::text::{line_width, plain_text};
use codex_tui::theme::{ColourDepth, Look, Role};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use ratatui::style::Color;

use crate::rows::{every_form, look, text};
use crate::samples;

#[test]
fn every_cell_looks_as_recorded() {
    for (name, cell) in samples::all() {
        insta::assert_snapshot!(name, every_form(cell.as_ref()));
    }
}

#[test]
fn every_cell_fits_every_width_from_20_on() {
    for (name, cell) in samples::all() {
        for width in 20..=200 {
            for lines in [cell.lines(width, &look()), cell.full(width, &look())] {
                for line in lines {
                    let code = plain_text(&line).contains("fn main()");
                    assert!(code || line_width(&line) <= usize::from(width), "{name} at {width}: {line:?}");
                }
            }
        }
    }
}

#[test]
fn the_marks_that_programs_look_for_are_there() {
    let command = samples::ran("for i in $(seq 1 40); do echo line $i; done", 0, &samples::numbered("line", 40));
    let shown = text(&command.lines(100, &look()));
    let expected = "• Ran for i in $(seq 1 40); do echo line $i; done\n  └ line 1\n    line 2\n    … +36 lines (ctrl + t to view)\n    line 39\n    line 40";
    assert_eq!(shown, expected);
    let patch = text(&samples::patch().lines(100, &look()));
    assert!(patch.starts_with("• Edited 3 files (+4 -2)\n  └ README.md (+2 -1)\n"), "{patch}");
    assert!(text(&samples::plan().lines(100, &look())).contains("    ✔ Look at the tree\n    □ Change"));
}

#[test]
fn all_rows_of_output_are_shown_when_no_limit_is_set() {
    let command = samples::ran("seq 40", 0, &samples::numbered("line", 40));
    assert_eq!(command.lines(80, &Look { output_rows: 0, ..look() }).len(), 41);
    assert_eq!(command.lines(80, &Look { output_rows: 11, ..look() }).len(), 12);
}

#[test]
fn added_and_removed_rows_have_a_background_to_the_edge() {
    let look = Look { depth: ColourDepth::True, ..Look::default() };
    let lines = samples::one_file().lines(100, &look);
    for (row, background) in [(1, Color::Rgb(0x4A, 0x22, 0x1D)), (2, Color::Rgb(0x21, 0x3A, 0x2B))] {
        assert_eq!(line_width(&lines[row]), 100);
        let changed = look.style(if row == 1 { Role::RemovedWords } else { Role::AddedWords }).bg;
        assert!(lines[row].spans.iter().all(|span| span.style.bg == Some(background) || span.style.bg == changed), "{:?}", lines[row]);
        assert!(lines[row].spans.iter().any(|span| span.style.bg == changed), "the changed word stands out: {:?}", lines[row]);
    }
}

// O1, A58
#[test]
fn hostile_output_cannot_act_on_the_terminal() {
    let hostile = "\x1b]52;c;AAAA\x07a\x1b[2Jb\x1b[31mred\x1b[0m\rover\u{9b}5m \u{202e}x\x1bP1\x1b\\\n";
    let command = samples::ran(&format!("echo '{hostile}'"), 0, hostile);
    let cells: Vec<Box<dyn Cell>> = vec![
        Box::new(command),
        Box::new(UserCell::new(hostile, vec![hostile.to_owned()])),
        Box::new(AgentCell::new(hostile)),
        Box::new(NoticeCell::error(hostile)),
        Box::new(samples::mcp(Err(hostile.to_owned()))),
        Box::new(DecisionCell::new(true, hostile)),
        Box::new(ProposedPlanCell::new(hostile)),
        Box::new(ImageCell::viewed(hostile)),
        Box::new(EchoCell::new(hostile)),
        Box::new(QuestionsCell::new(vec![Answered { question: hostile.to_owned(), answers: vec![hostile.to_owned()], note: None }])),
        Box::new(PatchCell::new(
            &[(format!("/w/{hostile}").into(), FileChange::Add { content: hostile.to_owned() })].into(),
            std::path::Path::new("/w"),
        )),
    ];
    for cell in cells {
        for lines in [cell.lines(40, &look()), cell.full(40, &look())] {
            for line in lines {
                let shown = plain_text(&line);
                assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?} of {cell:?}");
            }
        }
        assert!(!cell.plain().chars().any(|c| c.is_control() && c != '\n'), "{cell:?}");
    }
}

#[test]
fn the_transcript_keeps_the_colours_of_output_and_the_scrollback_does_not() {
    let command = samples::ran("ls", 0, "\x1b[31mred\x1b[0m plain\n");
    let coloured = Look { depth: ColourDepth::Sixteen, ..Look::default() };
    let has_red =
        |lines: &[ratatui::text::Line<'_>]| lines.iter().flat_map(|line| &line.spans).any(|span| span.style.fg == Some(Color::Red));
    assert!(has_red(&command.full(80, &coloured)));
    assert!(!has_red(&command.lines(80, &coloured)));
    assert!(!has_red(&command.full(80, &look())));
}

#[test]
fn a_megabyte_of_output_costs_next_to_nothing_in_short() {
    let many = samples::ran("yes", 0, &"some words of output\n".repeat(50_000));
    let wide = samples::ran("yes", 0, &"x".repeat(1024 * 1024));
    let begun = Instant::now();
    for cell in [&many, &wide] {
        assert!(cell.lines(80, &look()).len() < 20);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(wide.full(80, &look()).len(), 1024 * 1024 / 80 + 3);
}

#[test]
fn a_finished_message_is_what_was_streamed() {
    let look = look();
    let mut stream = codex_tui::markdown::Stream::new(78, &look);
    let mut lines = Vec::new();
    for piece in samples::MARKDOWN.as_bytes().chunks(7) {
        let piece = String::from_utf8_lossy(piece).into_owned();
        if piece.contains('\u{fffd}') {
            return assert!(samples::MARKDOWN.contains('日'), "only wide characters may fall on a border");
        }
        let finished = stream.push(&piece);
        lines.extend(marked(finished, lines.is_empty(), &look));
    }
    let rest = stream.finish();
    lines.extend(marked(rest, lines.is_empty(), &look));
    assert_eq!(lines, AgentCell::new(samples::MARKDOWN).lines(80, &look));
}

#[test]
fn a_reasoning_header_goes_to_the_status_row() {
    assert_eq!(ReasoningCell::header("**Inspecting the tree**\n\nwhy"), Some("Inspecting the tree".to_owned()));
    assert!(ReasoningCell::new("**Inspecting the tree**").is_none());
    assert_eq!(ReasoningCell::header("no header"), None);
}

#[test]
fn a_command_reads_as_a_person_would_type_it() {
    assert_eq!(command_text(&samples::argv("echo hi | wc")), "echo hi | wc");
    assert_eq!(command_text(&["/usr/bin/zsh".to_owned(), "-c".to_owned(), "ls".to_owned()]), "ls");
    assert_eq!(command_text(&["touch".to_owned(), "a b".to_owned()]), "touch 'a b'");
}

proptest! {
    #[test]
    fn no_text_breaks_a_cell(text in any::<String>(), width in 1u16..100) {
        let command = CommandCell::running(std::slice::from_ref(&text), Vec::new(), CommandSource::Agent).ended(1, Duration::ZERO, text.clone());
        let cells: [Box<dyn Cell>; 4] =
            [Box::new(command), Box::new(UserCell::new(text.clone(), Vec::new())), Box::new(AgentCell::new(text.clone())), Box::new(NoticeCell::info(text))];
        for cell in cells {
            for line in cell.lines(width, &look()).iter().chain(&cell.full(width, &look())) {
                prop_assert!(!plain_text(line).chars().any(char::is_control));
            }
        }
    }
}
