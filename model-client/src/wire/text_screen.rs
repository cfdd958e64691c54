//! Looks at the text of an answer as it comes: thoughts between tags, and calls that were written as text.
//!
//! Text goes on at once, except what may be the beginning of a tag or of a call, and white space before it. What is
//! held back is looked at again only when it has doubled, so that the work stays in proportion to the text.

use super::text_calls::{self, OPENERS, Reading, TextCall};
use super::tools::Offered;

const THINK: &str = "<think>";
const THOUGHT: &str = "</think>";
/// What is held back at most before it is let go as text.
const MOST_HELD: usize = 1024 * 1024;
/// White space held back at most.
const MOST_SPACE: usize = 4096;

/// A part of the text, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Thought(String),
}

/// The screen of one answer.
#[derive(Debug)]
pub(super) struct TextScreen {
    tags: Tags,
    /// Before or inside the tags: what is not sorted yet.
    unsorted: String,
    /// What is held back of the text.
    held: String,
    state: State,
    calls: bool,
    fence: Fence,
    skip_space: bool,
    thought: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tags {
    /// Nothing but white space came.
    Before,
    /// An opening tag came.
    Inside,
    /// Plain text, to the end.
    Past,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    /// `held` has an opener; it is read again when it is this long.
    Held(usize),
}

impl TextScreen {
    /// A screen that looks for tags, for calls, for both or for neither.
    pub(super) fn new(tags: bool, calls: bool) -> Self {
        Self {
            tags: if tags { Tags::Before } else { Tags::Past },
            unsorted: String::new(),
            held: String::new(),
            state: State::Free,
            calls,
            fence: Fence::default(),
            skip_space: false,
            thought: false,
        }
    }

    /// Whether there were thoughts between tags.
    pub(super) fn saw_thought(&self) -> bool {
        self.thought
    }

    /// Takes the next text.
    pub(super) fn push(&mut self, text: &str, offered: &Offered, out: &mut Vec<Piece>) {
        match self.tags {
            Tags::Past => self.text(text, offered, out),
            Tags::Before => {
                self.unsorted.push_str(text);
                let bare = self.unsorted.trim_start();
                if let Some(inside) = bare.strip_prefix(THINK) {
                    self.unsorted = inside.to_owned();
                    self.tags = Tags::Inside;
                    self.inside(offered, out);
                } else if !THINK.starts_with(bare) || self.unsorted.len() > MOST_SPACE {
                    self.tags = Tags::Past;
                    let text = std::mem::take(&mut self.unsorted);
                    self.text(&text, offered, out);
                }
            }
            Tags::Inside => {
                self.unsorted.push_str(text);
                self.inside(offered, out);
            }
        }
    }

    fn inside(&mut self, offered: &Offered, out: &mut Vec<Piece>) {
        if let Some(end) = self.unsorted.find(THOUGHT) {
            let rest = self.unsorted.split_off(end);
            let thought = std::mem::take(&mut self.unsorted);
            self.give_thought(thought.trim_end(), out);
            self.tags = Tags::Past;
            self.skip_space = true;
            self.text(&rest[THOUGHT.len()..], offered, out);
            return;
        }
        // A tag may have begun, and white space before it belongs to neither.
        let tag = (1..THOUGHT.len()).rev().find(|length| self.unsorted.ends_with(&THOUGHT[..*length])).unwrap_or(0);
        let sure = self.unsorted[..self.unsorted.len() - tag].trim_end().len();
        let rest = self.unsorted.split_off(sure);
        let thought = std::mem::replace(&mut self.unsorted, rest);
        self.give_thought(&thought, out);
    }

    fn give_thought(&mut self, thought: &str, out: &mut Vec<Piece>) {
        let thought = if self.thought { thought } else { thought.trim_start() };
        if thought.is_empty() {
            return;
        }
        self.thought = true;
        match out.last_mut() {
            Some(Piece::Thought(last)) => last.push_str(thought),
            _ => out.push(Piece::Thought(thought.to_owned())),
        }
    }

    fn text(&mut self, text: &str, offered: &Offered, out: &mut Vec<Piece>) {
        let text = if self.skip_space { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        self.skip_space = false;
        if !self.calls {
            give(text, out);
            return;
        }
        self.held.push_str(text);
        while self.step(offered, out) {}
    }

    /// Sorts what is held; whether there is more to sort at once.
    fn step(&mut self, offered: &Offered, out: &mut Vec<Piece>) -> bool {
        match self.state {
            State::Free => self.look_for_opener(out),
            State::Held(again_at) if self.held.len() < again_at => false,
            State::Held(_) => {
                let space = self.held.len() - self.held.trim_start().len();
                match text_calls::read(&self.held[space..], offered) {
                    Reading::Text(length) => {
                        self.release(space + length, out);
                        self.state = State::Free;
                        !self.held.is_empty()
                    }
                    Reading::Open | Reading::Calls(_) if self.held.len() > MOST_HELD => {
                        self.release(self.held.len(), out);
                        self.state = State::Free;
                        false
                    }
                    Reading::Open | Reading::Calls(_) => {
                        self.state = State::Held(self.held.len() * 2);
                        false
                    }
                }
            }
        }
    }

    fn look_for_opener(&mut self, out: &mut Vec<Piece>) -> bool {
        let mut fence = self.fence.clone();
        for (at, letter) in self.held.char_indices() {
            let rest = &self.held[at..];
            let whole = OPENERS.iter().any(|opener| rest.starts_with(opener));
            if !fence.open && (whole || OPENERS.iter().any(|opener| opener.starts_with(rest))) {
                let before = self.held[..at].trim_end().len();
                let space = at - before;
                self.release(if space > MOST_SPACE { at } else { before }, out);
                if whole {
                    self.state = State::Held(0);
                }
                return whole;
            }
            fence.take(letter);
        }
        let sure = self.held.trim_end().len();
        let all = self.held.len() - sure > MOST_SPACE;
        self.release(if all { self.held.len() } else { sure }, out);
        false
    }

    fn release(&mut self, length: usize, out: &mut Vec<Piece>) {
        let rest = self.held.split_off(length);
        let text = std::mem::replace(&mut self.held, rest);
        text.chars().for_each(|letter| self.fence.take(letter));
        give(&text, out);
    }

    /// Says that the text is over: what is held is calls, or goes on as text. `others` says whether there are calls
    /// beside the text, which makes everything here text.
    pub(super) fn finish(&mut self, others: bool, offered: &Offered, out: &mut Vec<Piece>) -> Vec<TextCall> {
        let unsorted = std::mem::take(&mut self.unsorted);
        match self.tags {
            Tags::Before => self.text(&unsorted, offered, out),
            Tags::Inside => self.give_thought(unsorted.trim_end(), out),
            Tags::Past => {}
        }
        let held = std::mem::take(&mut self.held);
        if matches!(self.state, State::Held(_))
            && !others
            && let Reading::Calls(calls) = text_calls::read(held.trim_start(), offered)
        {
            return calls;
        }
        give(&held, out);
        Vec::new()
    }
}

fn give(text: &str, out: &mut Vec<Piece>) {
    match out.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => out.push(Piece::Text(text.to_owned())),
    }
}

/// Whether a code fence is open where the text is.
#[derive(Clone, Debug, Default)]
struct Fence {
    open: bool,
    /// The first marks of the line, or `None` once it is no fence.
    marks: Line,
}

#[derive(Clone, Copy, Debug, Default)]
enum Line {
    #[default]
    Start,
    Marks(char, u8),
    Other,
}

impl Fence {
    fn take(&mut self, letter: char) {
        self.marks = match (self.marks, letter) {
            (_, '\n') => Line::Start,
            (Line::Start, ' ') => Line::Start,
            (Line::Start, '`' | '~') => Line::Marks(letter, 1),
            (Line::Marks(mark, count), _) if mark == letter && count < 2 => Line::Marks(mark, count + 1),
            (Line::Marks(mark, _), _) if mark == letter => {
                self.open = !self.open;
                Line::Other
            }
            _ => Line::Other,
        };
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::ToolSpec;
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn offered() -> Offered {
        let parameters = json!({"type": "object", "properties": {"cmd": {"type": "string"}, "n": {"type": "number"}}});
        Offered::of(&[ToolSpec::Function { name: "run".into(), description: String::new(), strict: false, parameters }])
    }

    fn sort<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, String, Vec<String>) {
        let (offered, mut screen, mut out) = (offered(), TextScreen::new(true, true), Vec::new());
        for piece in pieces {
            screen.push(piece, &offered, &mut out);
        }
        let calls = screen.finish(false, &offered, &mut out);
        let mut sorted = (String::new(), String::new(), Vec::new());
        for piece in out {
            match piece {
                Piece::Text(text) => sorted.0.push_str(&text),
                Piece::Thought(text) => sorted.1.push_str(&text),
            }
        }
        sorted.2 = calls.into_iter().map(|call| format!("{} {}", call.name, call.arguments)).collect();
        sorted
    }

    const CASES: &[(&str, &str, &str, &[&str])] = &[
        ("plain\n", "plain\n", "", &[]),
        ("<think>\na b\n</think>\n\nok", "ok", "a b", &[]),
        ("<think>never closed", "", "never closed", &[]),
        ("a <think>b</think>", "a <think>b</think>", "", &[]),
        ("Look.\n<tool_call>{\"name\":\"run\",\"arguments\":{\"cmd\":\"ls\"}}</tool_call>\n", "Look.", "", &["run {\"cmd\":\"ls\"}"]),
        (
            "<function=run>\n<parameter=cmd>\n1\n</parameter>\n<parameter=n>\n1\n</parameter>\n</function>",
            "",
            "",
            &["run {\"cmd\":\"1\",\"n\":1}"],
        ),
        ("[TOOL_CALLS]run[ARGS]{\"n\":1}[TOOL_CALLS]run[ARGS]{}", "", "", &["run {\"n\":1}", "run {}"]),
        ("[TOOL_CALLS][{\"name\":\"run\",\"arguments\":{}}]", "", "", &["run {}"]),
        ("<tool_call>{\"name\":\"run\"}</tool_call> and more", "<tool_call>{\"name\":\"run\"}</tool_call> and more", "", &[]),
        ("<tool_call>{\"name\":\"other\"}</tool_call>", "<tool_call>{\"name\":\"other\"}</tool_call>", "", &[]),
        ("```\n<tool_call>{\"name\":\"run\"}</tool_call>\n```\n", "```\n<tool_call>{\"name\":\"run\"}</tool_call>\n```\n", "", &[]),
        ("```\nx\n```\n<tool_call>{\"name\":\"run\"}</tool_call>", "```\nx\n```", "", &["run {}"]),
        ("if a < b [x] <tool", "if a < b [x] <tool", "", &[]),
    ];

    #[test]
    fn thoughts_and_calls_are_told_from_text_whole_and_letter_by_letter() {
        for (text, plain, thought, calls) in CASES {
            let wanted = ((*plain).to_owned(), (*thought).to_owned(), calls.iter().map(|call| (*call).to_owned()).collect());
            assert_eq!(sort([*text]), wanted, "{text}");
            let letters: Vec<String> = text.chars().map(String::from).collect();
            assert_eq!(sort(letters.iter().map(String::as_str)), wanted, "{text} letter by letter");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_cuts_change_nothing(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<tool_call>", "</tool_call>", "<function=run>", "<parameter=cmd>", "</parameter>", "</function>", "[TOOL_CALLS]", "[ARGS]",
                "{\"name\":\"run\"}", "{}", "run", "\n", " ", "```", "é", "<", "[", "<think>", "</think>",
            ]), 0..12),
        ) {
            let text: String = parts.concat();
            let whole = sort([text.as_str()]);
            prop_assert_eq!(&sort(parts.iter().copied()), &whole);
            if whole.2.is_empty() && whole.1.is_empty() && !text.trim_start().starts_with("<think>") {
                prop_assert_eq!(&whole.0, &text);
            }
        }
    }
}
