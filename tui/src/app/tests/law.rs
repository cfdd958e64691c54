//! Whatever is typed, said and resized: nothing panics, and the terminal holds the conversation.
//!
//! What is checked, after every frame and most of all after every change of size:
//!
//! * The terminal shows, from the first row of its scrollback on: every line that was printed, once, in the order of printing;
//!   then the live rows as the program believes them to be; nothing else. On a terminal that does not break rows anew a row is
//!   what is left of it after the rows on the screen were cut; on one that does, lines are compared, however they are broken.
//! * What is printed is the conversation: the marked words of messages, of the user and of news stand in it once, in the order
//!   they were said in. After a screen was emptied, or turns were taken back, all that is kept is printed again.
//! * The alternate screen shows what the overlay drew.
//! * The program writes no sequence but its own, see [`super::guard`].
//!
//! What no program can keep, and what is expected in its place: when a terminal gets so low that live rows leave it at the top,
//! they are in its scrollback for good. They are expected there, as they are.
//!
//! `CODEX_TUI_SEED=N` begins with another seed, `CODEX_TUI_RUNS=N` makes more runs.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::state::Want;
use super::agent::{Agent, marks};
use super::keys::gesture;
use super::random::Random;
use super::stage::{Setting, Stage};
use super::terminal::{Terminal, Wiped, broken, cut, texts, without_blank_end};
use crate::terminal::Size;
use crate::text::plain_text;

/// Gestures of one run.
const GESTURES: usize = 2_000;
/// Runs; 100,000 gestures together.
const RUNS: u64 = 50;
const THREADS: u64 = 2;
/// Lines that a terminal keeps, until they were found right.
const MANY: usize = 150;

struct Run {
    stage: Stage,
    random: Random,
    terminal: Terminal,
    agent: Agent,
    /// What the main screen has to hold above the live rows: rows, or lines where the terminal breaks rows anew.
    expected: Vec<String>,
    /// Lines that were handed in for printing, until they are printed.
    pending: Vec<String>,
    /// Marked words that were printed since everything was printed anew.
    printed: Vec<String>,
    deeds: VecDeque<String>,
    frames: usize,
    /// The terminal got another size since the live rows were drawn.
    resized: bool,
    /// Marked words that are gone since the screen was cleared.
    cleared: Vec<String>,
    /// Lines that an overlay on the main screen was drawn over.
    covered: Option<Vec<String>>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (columns, rows, reflows) = (random.between(20, 121), random.between(3, 41), seed % 2 == 1);
        let mut config = String::new();
        let mut line = |chance: bool, text: &str| {
            if chance {
                config.push_str(text);
                config.push('\n');
            }
        };
        line(random.chance(30), "disable_paste_burst = true");
        line(true, "[tui]");
        line(random.chance(20), "vim_mode = true");
        line(random.chance(20), "animations = false");
        line(random.chance(20), "status_line = [\"git-branch\", \"current-dir\", \"used-tokens\", \"session-id\"]");
        let setting = Setting {
            columns,
            rows,
            reflows,
            // Rows that begin with a wide character are taken for broken ones by the model; overlays have such rows.
            may_alternate: reflows || random.chance(60),
            // Flat rows begin with anything, also where a terminal breaks lines.
            screen_reader: !reflows && random.chance(20),
            config,
            // Colouring code is slow, and shown elsewhere.
            env: if seed.is_multiple_of(10) { Vec::new() } else { vec![("NO_COLOR", "1".to_owned())] },
            ..Setting::default()
        };
        let mut stage = Stage::new(setting);
        let played = stage.played.try_recv().unwrap();
        let agent = Agent::new(played.number, played.asked, 0);
        let terminal = Terminal::new(columns, rows, reflows);
        let (expected, pending, printed) = (Vec::new(), Vec::new(), Vec::new());
        let deeds = VecDeque::new();
        Self {
            stage,
            random,
            terminal,
            agent,
            expected,
            pending,
            printed,
            deeds,
            frames: 0,
            resized: false,
            cleared: Vec::new(),
            covered: None,
        }
    }

    fn note(&mut self, deed: String) {
        let deed = deed.chars().take(160).collect();
        self.deeds.push_back(deed);
        if self.deeds.len() > 40 {
            self.deeds.pop_front();
        }
    }

    fn fail(&mut self, what: &str) -> ! {
        let deeds: Vec<String> = self.deeds.iter().cloned().collect();
        panic!(
            "{what}\n{}x{} reflows: {}\nlast deeds:\n{}",
            self.terminal.columns,
            self.terminal.rows,
            self.terminal.reflows,
            deeds.join("\n")
        )
    }

    /// Takes the lines that are to be printed; what they say is noted.
    fn collect(&mut self) {
        if self.stage.app.overlay.is_some() {
            return;
        }
        let lines = self.stage.app.chat.take_lines();
        for line in &lines {
            let text = plain_text(line);
            self.printed.extend(marks(&text));
            self.pending.push(text.trim_end().to_owned());
        }
        self.stage.app.screen.print(lines);
    }

    /// What was written to the terminal arrives there.
    fn deliver(&mut self) {
        let bytes = self.stage.tap.take();
        super::guard::check(&bytes).unwrap_or_else(|why| self.fail(&why));
        let wiped = self.terminal.process(&bytes);
        if wiped.is_some() {
            // With the screen goes what is below an overlay on it.
            self.covered = None;
        }
        match wiped {
            None => {}
            Some(Wiped::Scrollback) => {
                let whole: Vec<String> = self.cleared.iter().chain(&self.printed).cloned().collect();
                let gone = self.printed.len().min(self.agent.said.len());
                self.begin_anew();
                self.collect();
                if self.printed.starts_with(&whole) {
                    self.agent.said.splice(0..0, self.cleared.drain(..));
                } else {
                    // The screen was cleared: what stood on it is printed again once all is.
                    self.cleared.extend(self.agent.said.drain(..gone));
                }
            }
            Some(Wiped::Screen) if self.terminal.reflows => {
                // A line that was broken across the top of the screen is half there; its owner clears the rest.
                self.terminal.main.process(b"\x1b[3J");
                self.begin_anew();
            }
            Some(Wiped::Screen) => {
                let kept = self.terminal.scrolled();
                self.expected.truncate(kept);
                self.printed.clear();
            }
        }
    }

    fn begin_anew(&mut self) {
        self.expected.clear();
        self.printed.clear();
    }

    /// After something was typed, said or done in the background.
    fn settle(&mut self) {
        self.deliver();
        self.threads();
        if let Some(want) = self.stage.app.wants.take() {
            self.step_aside(want);
        }
        if self.stage.app.leaving.is_some() {
            self.leave();
        }
    }

    /// Another thread took the place of the present one.
    fn threads(&mut self) {
        while let Ok(played) = self.stage.played.try_recv() {
            // What waits behind an overlay is printed still.
            let owed = self.agent.said.split_off(self.printed.len().min(self.agent.said.len()));
            self.agent = Agent::new(played.number, played.asked, self.agent.marks());
            self.agent.said = owed;
            self.printed.clear();
            self.cleared.clear();
        }
    }

    /// The agent answers what it was asked.
    fn answers(&mut self) {
        while let Ok(op) = self.agent.asked.try_recv() {
            self.note(format!("asked {op:?}"));
            let is_rollback = matches!(op, codex_protocol::Op::Rollback { .. });
            let events = self.agent.answer(op, &mut self.random);
            for event in events {
                let anew = is_rollback && matches!(event, codex_protocol::EventMsg::ThreadRolledBack(_));
                self.say(event);
                if anew {
                    self.agent.said = self.stage.app.chat.cells().iter().flat_map(|cell| marks(&cell.plain())).collect();
                }
            }
        }
    }

    fn say(&mut self, event: codex_protocol::EventMsg) {
        self.note(format!("said {event:?}"));
        let rolled_back = matches!(event, codex_protocol::EventMsg::ThreadRolledBack(_));
        if rolled_back {
            self.printed.clear();
            self.cleared.clear();
        }
        self.stage.say(self.agent.number, event);
        self.settle();
    }

    fn draw(&mut self) {
        self.frames += 1;
        if !self.stage.app.screen.is_alternate() && self.lost() {
            return self.draw_after_loss();
        }
        self.collect();
        self.stage.app.draw().unwrap();
        self.cover();
        let columns = self.terminal.columns;
        if !self.stage.app.screen.is_whole() {
            let lines = std::mem::take(&mut self.pending);
            match self.terminal.reflows {
                true => self.expected.extend(lines),
                false => self.expected.extend(lines.iter().flat_map(|line| broken(line, columns))),
            }
        }
        self.deliver();
        self.check(self.frames.is_multiple_of(50));
    }

    /// An overlay without a screen of its own is drawn over rows that were printed; behind it they are printed again.
    fn cover(&mut self) {
        let covered =
            self.stage.app.screen.covered().map(|lines| lines.iter().map(|line| plain_text(line).trim_end().to_owned()).collect());
        match (&self.covered, covered) {
            (None, Some(lines)) => {
                let kept = self.expected.len() - self.stage.app.screen.covered_rows();
                self.expected.truncate(kept);
                self.covered = Some(lines);
            }
            (Some(_), None) => self.uncover(),
            _ => {}
        }
    }

    fn uncover(&mut self) {
        let columns = self.terminal.columns;
        self.expected.extend(self.covered.take().into_iter().flatten().flat_map(|line| broken(&line, columns)));
    }

    /// Compares the terminal with what it has to show.
    fn check(&mut self, all: bool) {
        if let Some(whole) = self.stage.app.screen.shown_whole() {
            let seen: Vec<String> =
                self.terminal.alternate.as_ref().unwrap().screen().rows(0, u16::MAX).map(|row| row.trim_end().to_owned()).collect();
            let expected = texts(whole);
            if seen != expected {
                self.fail(&format!("the overlay is not what it drew\n{}\n-- drew\n{}", seen.join("\n"), expected.join("\n")));
            }
            return;
        }
        let (live, cursor) = self.stage.app.screen.shown();
        let (live, cursor) = (texts(live), cursor);
        if !self.terminal.reflows {
            let scrolled = self.terminal.scrolled();
            let seen = without_blank_end(self.terminal.seen());
            let wanted: Vec<String> = self.expected.iter().chain(&live).skip(scrolled).cloned().collect();
            if seen != without_blank_end(wanted.clone()) {
                self.check_all(&live);
                self.fail(&format!("the screen differs\n{}\n-- wanted\n{}", seen.join("\n"), wanted.join("\n")));
            }
            let (row, column) = self.terminal.main.screen().cursor_position();
            let wanted = (self.expected.len() + usize::from(cursor.y), cursor.x.min(self.terminal.columns - 1));
            if (scrolled + usize::from(row), column) != wanted {
                self.fail(&format!("the cursor is at {row} of {scrolled}, {column} in place of {wanted:?}"));
            }
        }
        if all {
            self.check_all(&live);
        }
    }

    /// Compares everything; what was found right and is far away is forgotten, as terminals do.
    fn check_all(&mut self, live: &[String]) {
        self.compare_all(live);
        if self.expected.len() < MANY || self.stage.app.screen.is_alternate() {
            return;
        }
        // Counted before they are gone: blank lines at the end, which nobody sees, may be among them.
        let (gone, cut) = if self.terminal.reflows { self.terminal.lines_scrolled() } else { (self.terminal.scrolled(), false) };
        self.expected.drain(..gone.min(self.expected.len()));
        self.terminal.main.process(b"\x1b[3J");
        // Of a line that was broken across the top of the screen a part is left.
        if let (true, Some(first)) = (cut, self.expected.first_mut()) {
            *first = self.terminal.lines().into_iter().next().unwrap_or_default();
        }
    }

    fn compare_all(&mut self, live: &[String]) {
        let rows = if self.terminal.reflows { self.terminal.lines() } else { self.terminal.rows() };
        let wanted = without_blank_end(self.expected.iter().chain(live).cloned().collect());
        if rows != wanted {
            let at = rows.iter().zip(&wanted).position(|(row, wanted)| row != wanted).unwrap_or(rows.len().min(wanted.len()));
            let part = |rows: &[String]| rows.iter().skip(at.saturating_sub(2)).take(12).cloned().collect::<Vec<_>>().join("\n");
            self.fail(&format!("row {at} of {} differs\n{}\n-- wanted\n{}", rows.len(), part(&rows), part(&wanted)));
        }
    }

    /// Whether what was said was printed, once and in order.
    fn check_said(&mut self) {
        if self.printed != self.agent.said {
            let at = self.printed.iter().zip(&self.agent.said).position(|(one, other)| one != other);
            let at = at.unwrap_or(self.printed.len().min(self.agent.said.len()));
            let part = |words: &[String]| words.iter().skip(at.saturating_sub(3)).take(9).cloned().collect::<Vec<_>>().join(" ");
            self.fail(&format!("printed: … {}\nsaid: … {}", part(&self.printed), part(&self.agent.said)));
        }
    }

    fn resize(&mut self) {
        let (columns, rows) = match self.random.below(4) {
            0 => (self.terminal.columns, self.random.between(3, 61)),
            1 => (self.random.between(20, 201), self.terminal.rows),
            _ => (self.random.between(20, 201), self.random.between(3, 61)),
        };
        self.note(format!("resize to {columns}x{rows}"));
        self.terminal.resize(columns, rows);
        self.resized = true;
        if !self.terminal.reflows {
            let scrolled = self.terminal.scrolled();
            for row in self.expected.iter_mut().skip(scrolled) {
                *row = cut(row, columns);
            }
        }
        if self.random.chance(20) {
            // A second change before the first is heard of.
            return self.resize();
        }
        let app = &mut self.stage.app;
        app.screen.resize(Size::new(columns, rows));
        app.chat.set_width(columns);
        app.dirty = true;
        if self.random.chance(70) {
            self.draw();
            if !self.stage.app.screen.is_alternate() {
                let live = texts(self.stage.app.screen.shown().0);
                self.check_all(&live);
            }
        }
    }

    /// The live rows are about to be drawn where the last change of size left them. Whether some of them are in the scrollback
    /// now, on a terminal that breaks rows anew; on another one they are expected to stay there.
    fn lost(&mut self) -> bool {
        if !std::mem::take(&mut self.resized) {
            return false;
        }
        let scrolled = self.terminal.scrolled();
        if self.terminal.reflows {
            return scrolled > self.terminal.rows_of(self.expected.len());
        }
        let from = self.expected.len();
        if scrolled > from {
            let rows = self.terminal.rows();
            self.expected.extend((from..scrolled).map(|at| rows.get(at).cloned().unwrap_or_default()));
        }
        false
    }

    /// Where live rows are in the scrollback now, what stands before them has to be whole; then everything is shown anew.
    fn draw_after_loss(&mut self) {
        let before = self.expected.clone();
        self.collect();
        self.stage.app.draw().unwrap();
        self.deliver();
        let lines = self.terminal.lines();
        let blank = String::new();
        if let Some(at) = (0..before.len()).find(|at| lines.get(*at).unwrap_or(&blank) != &before[*at]) {
            self.fail(&format!("line {at} of {} before those that were lost is {:?}, not {:?}", before.len(), lines.get(at), before[at]));
        }
        self.note("redraw after loss".to_owned());
        if !self.stage.app.screen.is_whole() {
            self.pending.clear();
        }
        self.stage.app.overlay = None;
        self.stage.app.redraw_all();
        self.pending.clear();
        self.deliver();
        self.collect();
        self.draw();
    }

    fn step_aside(&mut self, want: Want) {
        self.note(format!("{want:?}"));
        self.stage.app.overlay = None;
        self.stage.app.screen.take_whole(false).unwrap();
        self.close();
        let (columns, rows) = (self.terminal.columns, self.terminal.rows);
        self.terminal.main.process(b"$ fg\r\n");
        self.expected.push("$ fg".to_owned());
        self.stage.app.screen.begin_anew(Size::new(columns, rows));
        self.stage.app.chat.set_width(columns);
        self.draw();
    }

    /// The live rows go; the shell's line is where they were.
    fn close(&mut self) {
        if self.lost() {
            self.draw_after_loss();
        }
        self.collect();
        self.stage.app.screen.close().unwrap();
        self.uncover();
        let columns = self.terminal.columns;
        let lines = std::mem::take(&mut self.pending);
        match self.terminal.reflows {
            true => self.expected.extend(lines),
            false => self.expected.extend(lines.iter().flat_map(|line| broken(line, columns))),
        }
        self.deliver();
        self.check_all(&[]);
    }

    fn leave(&mut self) {
        self.note("leave".to_owned());
        self.stage.app.overlay = None;
        self.close();
        for line in self.stage.app.farewell() {
            self.terminal.main.process(format!("{line}\r\n").as_bytes());
            match self.terminal.reflows {
                true => self.expected.push(line),
                false => self.expected.extend(broken(&line, self.terminal.columns)),
            }
        }
        self.stage.again(self.terminal.columns, self.terminal.rows);
        self.threads();
        self.printed.clear();
        self.collect();
        self.draw();
    }

    fn go(&mut self) {
        self.draw();
        for _ in 0..GESTURES {
            let bytes = gesture(&mut self.random);
            self.note(format!("typed {:?}", String::from_utf8_lossy(&bytes)));
            self.stage.type_bytes(&bytes);
            self.settle();
            let time = *self.random.pick(&[0, 1, 20, 50, 150, 400]);
            self.stage.wait(Duration::from_millis(time));
            if time > 100 {
                self.stage.rest();
            }
            self.settle();
            self.answers();
            if self.random.chance(60) {
                for event in self.agent.go_on(&mut self.random) {
                    self.say(event);
                }
                self.answers();
            }
            if self.random.chance(4) {
                self.resize();
            }
            if self.random.chance(25) {
                self.draw();
                if self.agent.turn.is_none() && self.stage.app.overlay.is_none() {
                    self.check_said();
                }
            }
        }
        self.draw();
        if !self.stage.app.screen.is_alternate() {
            let live = texts(self.stage.app.screen.shown().0);
            self.check_all(&live);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a person may ask for other runs")]
fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(usual)
}

#[test]
fn whatever_is_typed_said_and_resized_the_terminal_holds_the_conversation() {
    let (first, runs) = (asked("CODEX_TUI_SEED", 0), asked("CODEX_TUI_RUNS", RUNS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            std::thread::spawn(move || {
                for seed in (first..first + runs).filter(|seed| (seed - first) % THREADS == thread) {
                    let ran = std::panic::catch_unwind(|| Run::new(seed).go());
                    if let Err(why) = ran {
                        let text =
                            why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                        panic!("seed {seed}: {}", text.unwrap_or_default());
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
