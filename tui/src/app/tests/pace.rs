//! How often the screen is drawn, and how much work that is: counted, by a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use codex_protocol::event::{ItemDelta, TaskComplete, TaskStarted};
use codex_protocol::{EventMsg, ItemId, ThreadId, TurnId};
use ratatui::layout::Position;
use ratatui::text::Line;

use super::super::clock;
use super::super::pace::FRAME;
use super::stage::{Setting, Stage};
use crate::cells::Cell;
use crate::theme::Look;

fn turn() -> TurnId {
    TurnId::from("t")
}

fn started() -> EventMsg {
    EventMsg::TaskStarted(TaskStarted { turn_id: turn(), model_context_window: None, collaboration_mode_kind: "default".to_owned() })
}

fn ended() -> EventMsg {
    EventMsg::TaskComplete(TaskComplete { turn_id: turn(), last_agent_message: None, error: None, denials: Default::default() })
}

fn delta(text: &str) -> EventMsg {
    EventMsg::AgentMessageContentDelta(ItemDelta {
        thread_id: ThreadId::generate(),
        turn_id: turn(),
        item_id: ItemId::from("m"),
        delta: text.to_owned(),
        summary_index: None,
    })
}

/// A program whose first frames are drawn, with nothing to do; and the number of its thread.
fn at_rest(config: &str) -> (Stage, u64) {
    let mut stage = Stage::new(Setting { config: config.to_owned(), ..Setting::default() });
    let number = stage.played.try_recv().unwrap().number;
    stage.wait(Duration::from_secs(1));
    stage.app.draw().unwrap();
    stage.tap.take();
    (stage, number)
}

/// One round of the loop after something came: whether a frame was drawn.
fn round(stage: &mut Stage, urgent: bool) -> bool {
    let due = stage.app.frame_is_due(urgent);
    if due {
        stage.app.draw().unwrap();
    }
    due
}

#[test]
fn nothing_wakes_an_idle_screen_before_a_turn_and_after_one() {
    let (mut stage, number) = at_rest("");
    assert_eq!(stage.app.next_wake(), None);
    stage.say(number, started());
    assert!(stage.app.next_wake().is_some(), "a turn is shown, and how long it takes");
    stage.say(number, delta("hello\n"));
    stage.say(number, ended());
    clock::advance(FRAME);
    assert!(round(&mut stage, false));
    assert_eq!(stage.app.next_wake(), None);
    // A key is drawn at once, and is the end of it.
    stage.type_bytes(b"x");
    assert!(round(&mut stage, true));
    stage.wait(Duration::from_secs(1));
    round(&mut stage, true);
    assert_eq!(stage.app.next_wake(), None);
}

#[test]
fn a_flood_of_pieces_is_drawn_once_a_frame_and_a_key_at_once() {
    let (mut stage, number) = at_rest("");
    stage.say(number, started());
    round(&mut stage, true);
    let piece = Duration::from_micros(100);
    let (mut frames, mut heard) = (0, 0);
    for at in 0..20_000 {
        clock::advance(piece);
        // Pieces that come while a frame waits cost the loop no wake-up.
        heard += u32::from(stage.app.listens());
        stage.say(number, delta(if at % 12 == 11 { "word\n" } else { "word " }));
        frames += u32::from(round(&mut stage, false));
    }
    let most = (piece * 20_000).as_millis() / FRAME.as_millis() + 1;
    assert!(u128::from(frames) <= most && u128::from(frames) + 1 >= most, "{frames} frames, at most {most}");
    assert!(heard <= frames + 1, "woken {heard} times for {frames} frames");
    assert!(FRAME >= Duration::from_millis(34), "at most 30 frames a second");
    stage.type_bytes(b"x");
    assert!(round(&mut stage, true), "a key does not wait for the next frame");
}

#[test]
fn a_turn_that_says_nothing_moves_five_times_a_second_and_its_title_once() {
    for (config, most) in [("", 5), ("[tui]\nanimations = false\n", 1)] {
        let (mut stage, number) = at_rest(config);
        stage.say(number, started());
        round(&mut stage, true);
        stage.tap.take();
        let (mut frames, step) = (0, Duration::from_millis(1));
        for _ in 0..1_000 {
            clock::advance(step);
            frames += usize::from(round(&mut stage, false));
        }
        assert!(frames <= most, "{frames} frames in a second with `{config}`");
        let written = String::from_utf8(stage.tap.take()).unwrap();
        assert!(written.matches("\x1b]0;").count() <= most.min(2), "{written:?}");
    }
}

/// Counts how often it is laid out.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Cell for Counting {
    fn lines(&self, _width: u16, _look: &Look) -> Vec<Line<'static>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        vec![Line::from("a line of history")]
    }

    fn plain(&self) -> String {
        String::new()
    }
}

#[test]
fn a_key_lays_out_nothing_of_the_history() {
    let (mut stage, _) = at_rest("");
    let cell = Arc::new(Counting::default());
    (0..1_000).for_each(|_| stage.app.chat.add(Arc::clone(&cell) as Arc<dyn Cell>));
    stage.app.draw().unwrap();
    assert_eq!(cell.0.load(Ordering::Relaxed), 1_000);
    stage.tap.take();
    for key in ["a", "b", "\x1b[D", "\x7f", "\x1b[200~pasted\x1b[201~", "\n", "x"] {
        stage.type_bytes(key.as_bytes());
        round(&mut stage, true);
        let written = stage.tap.take();
        assert!(written.len() < 400, "{} bytes for {key:?}", written.len());
    }
    assert_eq!(cell.0.load(Ordering::Relaxed), 1_000, "history is laid out once");
}

/// What an input method goes by: where the terminal's own cursor is.
#[test]
fn the_cursor_of_the_terminal_stands_behind_what_was_typed() {
    let (mut stage, number) = at_rest("");
    let mut typed = 2;
    for (text, columns) in [("a", 1), ("日本", 4), ("1", 1), ("é", 1), ("😀", 2)] {
        stage.type_bytes(text.as_bytes());
        stage.wait(Duration::from_millis(200));
        round(&mut stage, true);
        typed += columns;
        let (_, cursor) = stage.app.screen.shown();
        assert_eq!(cursor.x, typed, "behind {text:?}");
    }
    let (shown, Position { y, .. }) = stage.app.screen.shown();
    let height = shown.area.height;
    // An answer that streams above does not carry it away.
    stage.say(number, started());
    for at in 0..20 {
        stage.say(number, delta(&format!("line {at}\n\n")));
        clock::advance(FRAME);
        round(&mut stage, false);
        let (shown, cursor) = stage.app.screen.shown();
        assert_eq!((cursor.x, shown.area.height - cursor.y), (typed, height - y), "after line {at}");
        let written = String::from_utf8(stage.tap.take()).unwrap();
        let hidden = written.matches("\x1b[?25l").count();
        assert_eq!(written.matches("\x1b[?25h\x1b[?2026l").count(), hidden, "hidden within an update at most: {written:?}");
    }
}

/// What is copied from the terminal is then what the model wrote.
#[test]
fn raw_replies_are_neither_indented_nor_wrapped() {
    let (mut stage, number) = at_rest("");
    stage.type_bytes(b"/raw\r");
    stage.wait(Duration::from_millis(200));
    stage.app.draw().unwrap();
    stage.tap.take();
    let long = "word ".repeat(40);
    stage.say(number, started());
    stage.say(number, delta(&format!("# Title\n\n{long}\n- **one**\n  code\n")));
    stage.say(number, ended());
    let lines: Vec<String> = stage.app.chat.take_lines().iter().map(|line| line.to_string()).collect();
    let at = lines.iter().position(|line| line == "# Title").unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(lines[at + 1..at + 5], ["".to_owned(), long.clone(), "- **one**".to_owned(), "  code".to_owned()]);
}
