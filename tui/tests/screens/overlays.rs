use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_protocol::plan::{PlanStep, PlanUpdate, StepStatus};
use codex_tui::cells::*;
use codex_tui::keymap::Keymap;
use codex_tui::overlay::{Pager, PagerTaken, diff_lines, help_pager};
use codex_tui::theme::Look;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::rows::{WIDTHS, buffer_text, look};
use crate::samples;

fn draw(pager: &mut Pager, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    pager.render(area, &mut buffer, &look());
    buffer_text(&buffer)
}

fn press(pager: &mut Pager, code: KeyCode) -> PagerTaken {
    pager.key(&KeyEvent::new(code, KeyModifiers::NONE), &Keymap::default())
}

fn control(pager: &mut Pager, c: char) -> PagerTaken {
    pager.key(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL), &Keymap::default())
}

fn type_text(pager: &mut Pager, text: &str) {
    for c in text.chars() {
        press(pager, KeyCode::Char(c));
    }
}

fn conversation() -> Vec<Arc<dyn Cell>> {
    vec![
        Arc::new(UserCell::new("first q", Vec::new())),
        Arc::new(AgentCell::new("answer **one**")),
        Arc::new(UserCell::new("second q", Vec::new())),
        Arc::new(samples::ran("for i in $(seq 1 30); do echo row $i; done", 0, &samples::numbered("row", 30))),
        Arc::new(SeparatorCell::new(None)),
        Arc::new(AgentCell::new("answer two")),
    ]
}

/// A thousand cells of the kinds that conversations are made of.
fn long_conversation() -> Vec<Arc<dyn Cell>> {
    (0..1_000)
        .map(|n| -> Arc<dyn Cell> {
            match n % 4 {
                0 => Arc::new(UserCell::new(format!("question {n}"), Vec::new())),
                1 => Arc::new(samples::ran(&format!("seq {n}"), 0, &samples::numbered("row", 200))),
                2 => {
                    let step = PlanStep { step: format!("step {n}"), status: StepStatus::Pending };
                    Arc::new(PlanCell::new(PlanUpdate { explanation: None, plan: vec![step] }))
                }
                _ => Arc::new(AgentCell::new(samples::MARKDOWN)),
            }
        })
        .collect()
}

fn transcript() -> Pager {
    Pager::transcript(conversation(), &look())
}

#[test]
fn the_overlays_look_as_recorded() {
    let diff = "diff --git a/x b/x\nindex 0000000..587be6b\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ fn main() {\n-old line that is rather long, longer than forty columns\n+new\n same\n";
    let keys = |rows: &[(&str, &str)]| rows.iter().map(|(key, about)| ((*key).to_owned(), (*about).to_owned())).collect();
    let help = vec![
        (
            "Everywhere".to_owned(),
            keys(&[("ctrl + t", "View the transcript"), ("ctrl + c", "Clear the text, interrupt the turn, or leave")]),
        ),
        ("While writing".to_owned(), keys(&[("enter", "Send the text")])),
    ];
    type Make<'a> = Box<dyn Fn() -> Pager + 'a>;
    let pagers: Vec<(&str, Make<'_>)> = vec![
        ("transcript", Box::new(transcript)),
        (
            "backtrack",
            Box::new(|| {
                let mut pager = transcript();
                draw(&mut pager, 80, 16);
                pager.choose_last();
                pager
            }),
        ),
        (
            "search",
            Box::new(|| {
                let mut pager = transcript();
                draw(&mut pager, 80, 16);
                type_text(&mut pager, "/answer");
                press(&mut pager, KeyCode::Enter);
                pager
            }),
        ),
        ("diff", Box::new(|| Pager::lines("D I F F", diff_lines(diff, &look()), &look()))),
        ("help", Box::new(|| help_pager(&help, &look()))),
    ];
    for (name, make) in pagers {
        let shown: Vec<String> = WIDTHS.iter().map(|width| format!("── {width} columns\n{}", draw(&mut make(), *width, 16))).collect();
        insta::assert_snapshot!(name, shown.join("\n"));
    }
}

#[test]
fn the_transcript_opens_at_its_end_and_scrolls_by_the_agreed_keys() {
    let mut pager = transcript();
    let end = draw(&mut pager, 80, 14);
    assert!(end.contains("• answer two") && end.contains(" 100% ─"), "{end}");
    press(&mut pager, KeyCode::Home);
    let home = draw(&mut pager, 80, 14);
    assert!(home.contains("› first q") && !home.contains("100%"), "{home}");
    let rows = |text: &str| text.lines().skip(1).take(10).map(str::to_owned).collect::<Vec<_>>();
    for (down, up, by) in [
        (KeyCode::Down, KeyCode::Up, 1),
        (KeyCode::Char('j'), KeyCode::Char('k'), 1),
        (KeyCode::PageDown, KeyCode::PageUp, 10),
        (KeyCode::Char(' '), KeyCode::PageUp, 10),
    ] {
        press(&mut pager, down);
        let moved = draw(&mut pager, 80, 14);
        let kept = 10 - by;
        assert_eq!(rows(&moved)[..kept], rows(&home)[by..], "{down:?}");
        assert_ne!(rows(&moved), rows(&home), "{down:?}");
        press(&mut pager, up);
        assert_eq!(draw(&mut pager, 80, 14), home, "{up:?}");
    }
    control(&mut pager, 'd');
    control(&mut pager, 'f');
    control(&mut pager, 'b');
    control(&mut pager, 'u');
    assert_eq!(draw(&mut pager, 80, 14), home);
    press(&mut pager, KeyCode::Char('g'));
    press(&mut pager, KeyCode::Char('G'));
    assert_eq!(draw(&mut pager, 80, 14), home);
    press(&mut pager, KeyCode::End);
    assert_eq!(draw(&mut pager, 80, 14), end);
}

#[test]
fn q_ctrl_t_and_ctrl_c_close() {
    assert_eq!(press(&mut transcript(), KeyCode::Char('q')), PagerTaken::Close);
    assert_eq!(control(&mut transcript(), 't'), PagerTaken::Close);
    assert_eq!(control(&mut transcript(), 'c'), PagerTaken::Close);
    assert_eq!(press(&mut Pager::lines("D I F F", Vec::new(), &look()), KeyCode::Esc), PagerTaken::Stay);
}

#[test]
fn an_earlier_message_is_chosen_with_esc_and_arrows() {
    let mut pager = transcript();
    draw(&mut pager, 80, 14);
    assert_eq!(press(&mut pager, KeyCode::Enter), PagerTaken::Stay);
    pager.choose_last();
    let shown = draw(&mut pager, 80, 14);
    assert!(shown.contains("› second q") && shown.contains("enter to edit message"), "{shown}");
    assert_eq!(press(&mut pager, KeyCode::Enter), PagerTaken::Edit(1));
    press(&mut pager, KeyCode::Esc);
    assert!(draw(&mut pager, 80, 14).contains("› first q"));
    assert_eq!(press(&mut pager, KeyCode::Enter), PagerTaken::Edit(0));
    press(&mut pager, KeyCode::Left);
    press(&mut pager, KeyCode::Right);
    press(&mut pager, KeyCode::Right);
    assert_eq!(press(&mut pager, KeyCode::Enter), PagerTaken::Edit(1));
}

#[test]
fn search_goes_from_match_to_match_and_counts() {
    let mut pager = transcript();
    press(&mut pager, KeyCode::Home);
    draw(&mut pager, 80, 14);
    type_text(&mut pager, "/row 3");
    assert!(draw(&mut pager, 80, 14).ends_with(" /row 3"));
    press(&mut pager, KeyCode::Enter);
    let shown = draw(&mut pager, 80, 14);
    assert!(shown.contains("match 1 of 2") && shown.contains("\nrow 3\n"), "{shown}");
    press(&mut pager, KeyCode::Char('n'));
    let shown = draw(&mut pager, 80, 14);
    assert!(shown.contains("match 2 of 2") && shown.contains("\nrow 30\n"), "{shown}");
    press(&mut pager, KeyCode::Char('n'));
    assert!(draw(&mut pager, 80, 14).contains("match 1 of 2"));
    pager.key(&KeyEvent::new(KeyCode::Char('N'), KeyModifiers::SHIFT), &Keymap::default());
    assert!(draw(&mut pager, 80, 14).contains("match 2 of 2"));
    press(&mut pager, KeyCode::Esc);
    assert!(!draw(&mut pager, 80, 14).contains("match"));
    type_text(&mut pager, "/nowhere");
    press(&mut pager, KeyCode::Enter);
    assert!(draw(&mut pager, 80, 14).contains("no match for nowhere"));
}

#[test]
fn brackets_go_from_message_to_message() {
    let mut pager = transcript();
    draw(&mut pager, 80, 14);
    press(&mut pager, KeyCode::Char('['));
    assert!(draw(&mut pager, 80, 14).lines().nth(1).unwrap().starts_with("› second q"));
    press(&mut pager, KeyCode::Char('['));
    assert!(draw(&mut pager, 80, 14).lines().nth(1).unwrap().starts_with("› first q"));
    press(&mut pager, KeyCode::Char(']'));
    assert!(draw(&mut pager, 80, 14).lines().nth(1).unwrap().starts_with("› second q"));
}

#[test]
fn new_output_is_followed_at_the_end_only() {
    let mut cells = conversation();
    let mut pager = Pager::transcript(cells.clone(), &look());
    draw(&mut pager, 80, 14);
    cells.push(Arc::new(AgentCell::new("more")));
    pager.set_cells(cells.clone());
    assert!(draw(&mut pager, 80, 14).contains("• more"));
    press(&mut pager, KeyCode::Up);
    let before = draw(&mut pager, 80, 14);
    cells.push(Arc::new(AgentCell::new("even more")));
    pager.set_cells(cells);
    let after = draw(&mut pager, 80, 14);
    assert_eq!(after.lines().take(11).collect::<Vec<_>>(), before.lines().take(11).collect::<Vec<_>>());
}

#[test]
fn a_pager_tells_whether_its_end_was_seen() {
    let lines = (0..400).map(|n| ratatui::text::Line::from(format!("row {n}"))).collect();
    let mut pager = Pager::lines("E X E C", lines, &look());
    draw(&mut pager, 80, 20);
    press(&mut pager, KeyCode::PageDown);
    draw(&mut pager, 80, 20);
    assert!(!pager.has_seen_end());
    while !draw(&mut pager, 80, 20).contains("row 399") {
        press(&mut pager, KeyCode::PageDown);
    }
    assert!(pager.has_seen_end());
}

#[test]
fn a_key_and_its_frame_are_fast_with_a_thousand_cells() {
    let mut pager = Pager::transcript(long_conversation(), &look());
    let mut slowest = Duration::ZERO;
    for code in [KeyCode::Up, KeyCode::PageUp, KeyCode::Home, KeyCode::Down, KeyCode::PageDown, KeyCode::End, KeyCode::Char('[')] {
        for _ in 0..3 {
            let begun = Instant::now();
            press(&mut pager, code);
            draw(&mut pager, 100, 40);
            slowest = slowest.max(begun.elapsed());
        }
    }
    // 16 ms is for an optimised build on a free machine; laying out all cells would take seconds here.
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 16 });
    assert!(slowest < limit, "{slowest:?}");
}

#[test]
fn a_flat_pager_has_no_rules() {
    let flat = Look { flat: true, ..look() };
    let mut pager = Pager::transcript(conversation(), &flat);
    let area = Rect::new(0, 0, 80, 14);
    let mut buffer = Buffer::empty(area);
    let caret = pager.render(area, &mut buffer, &flat);
    assert_eq!(caret, Some(ratatui::layout::Position::new(0, 1)), "a screen reader begins to read there");
    let shown = buffer_text(&buffer);
    assert!(shown.starts_with("TRANSCRIPT") && !shown.contains('─') && !shown.contains('~'), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_keys_and_sizes_keep_the_pager_sound(steps in prop::collection::vec((0usize..16, 1u16..120, 1u16..40), 1..60)) {
        let codes = [
            KeyCode::Up, KeyCode::Down, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Home, KeyCode::End, KeyCode::Esc, KeyCode::Left, KeyCode::Right,
            KeyCode::Char('['), KeyCode::Char(']'), KeyCode::Char('/'), KeyCode::Char('r'), KeyCode::Enter, KeyCode::Char('n'), KeyCode::Backspace,
        ];
        let mut pager = transcript();
        for (code, width, height) in steps {
            press(&mut pager, codes[code]);
            draw(&mut pager, width, height);
        }
        press(&mut pager, KeyCode::Esc);
        press(&mut pager, KeyCode::Esc);
        press(&mut pager, KeyCode::End);
        let shown = draw(&mut pager, 80, 24);
        prop_assert!(shown.contains("• answer two"), "{}", shown);
    }
}
