//! An agent that says anything that a thread can say, at random, in an order that a thread keeps to.
//!
//! What has to stand in the scrollback is marked by words `§1`, `§2`, ...; [`Agent::said`] keeps them in the order they were
//! said in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::event::{
    AbortReason, AgentMessage, CommandSource, CommandStatus, EnteredReviewMode, ErrorEvent, ExecCommandBegin, ExecCommandEnd,
    ExitedReviewMode, FileChange, McpInvocation, McpToolCallBegin, McpToolCallEnd, OutputStream, ParsedCommand, PatchApplyEnd, PatchStatus,
    StreamError, TaskComplete, TaskStarted, ThreadRolledBack, TurnAborted, UserMessage, ViewImageToolCall, Warning, WebSearchBegin,
    WebSearchEnd,
};
use codex_protocol::plan::{PlanStep, PlanUpdate, StepStatus};
use codex_protocol::user_input::UserInput;
use codex_protocol::{CallId, EventMsg, ItemId, Op, ThreadId, TurnId};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::random::Random;

/// What drives terminals, hides text or reorders it.
pub(super) const HOSTILE: &[&str] = &[
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x1b[2J",
    "\x1b[?1049h",
    "\u{9b}31m",
    "\u{9d}0;t\u{9c}",
    "\x1bP1$r\x1b\\",
    "\u{90}q\u{9c}",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\0",
    "\x07",
    "\x08",
    "\r",
    "\u{85}",
    "\u{2028}",
];

/// Begins a marked word. Nothing else has it.
const MARK: char = '§';

const WORDS: &[&str] =
    &["alpha", "of", "the", "日本語", "😀", "e\u{301}tude", "a/very/long/path/to/some/file.rs", "x", "漢", "**bold**", "`code`"];

pub(super) struct Agent {
    pub(super) number: u64,
    pub(super) asked: mpsc::UnboundedReceiver<Op>,
    pub(super) turn: Option<TurnId>,
    /// Words that have to be in the scrollback, in this order.
    pub(super) said: Vec<String>,
    ids: usize,
    marks: usize,
    /// The message under way: its id, all of it, and how much was said.
    message: Option<(ItemId, String, usize)>,
    running: Vec<ExecCommandBegin>,
    calls: Vec<(CallId, McpInvocation)>,
    searches: Vec<CallId>,
    reviewing: bool,
    /// How many messages of the user there are.
    pub(super) users: usize,
}

/// The words in a text that were marked.
pub(super) fn marks(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if letters[at] == MARK && letters.get(at + 1).is_some_and(char::is_ascii_digit) {
            let end = (at + 1..letters.len()).find(|end| !letters[*end].is_ascii_digit()).unwrap_or(letters.len());
            found.push(letters[at..end].iter().collect());
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

impl Agent {
    pub(super) fn new(number: u64, asked: mpsc::UnboundedReceiver<Op>, marks: usize) -> Self {
        Self {
            number,
            asked,
            turn: None,
            said: Vec::new(),
            ids: 0,
            marks,
            message: None,
            running: Vec::new(),
            calls: Vec::new(),
            searches: Vec::new(),
            reviewing: false,
            users: 0,
        }
    }

    pub(super) fn marks(&self) -> usize {
        self.marks
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("id{}", self.ids)
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("{MARK}{}", self.marks)
    }

    fn noise(&mut self, random: &mut Random) -> String {
        if random.chance(15) { (*random.pick(HOSTILE)).to_owned() } else { String::new() }
    }

    fn words(&mut self, random: &mut Random, most: usize) -> String {
        let count = random.below(most) + 1;
        (0..count).map(|_| *random.pick(WORDS)).collect::<Vec<_>>().join(" ")
    }

    fn markdown(&mut self, random: &mut Random) -> String {
        let mut text = String::new();
        for _ in 0..random.below(5) + 1 {
            let (words, more, noise) = (self.words(random, 12), self.words(random, 5), self.noise(random));
            let (one, two) = (self.mark(), self.mark());
            text.push_str(&match random.below(9) {
                0 => format!("# {one} {words} {two}\n\n"),
                1 => format!("- {one} {words}\n- {more} {two}\n\n"),
                2 => format!("1. {one} {words}\n   - {more} {two}\n\n"),
                3 => format!("```rust\nfn {one}() {{ {words}{noise} }}\n// {two}\n```\n\n"),
                4 => format!("> {one} {words} {noise}{more} {two}\n\n"),
                5 => format!("| a | b |\n|---|---|\n| {words} | {more} |\n\n{one} {two}\n\n"),
                6 => format!("{one}\n{words}{noise}\n{two}\n\n"),
                _ => format!("{one} {words}{noise} {more} {two}\n\n"),
            });
        }
        text
    }

    /// Answers what the front end asked.
    pub(super) fn answer(&mut self, op: Op, random: &mut Random) -> Vec<EventMsg> {
        match op {
            Op::UserTurn(turn) => {
                let text: String = turn
                    .input
                    .iter()
                    .filter_map(|input| match input {
                        UserInput::Text { text, .. } => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                let mut events = Vec::new();
                if self.turn.is_none() {
                    events.push(self.begin());
                }
                events.push(self.user(text));
                events
            }
            Op::Interrupt => self.abort(),
            Op::Rollback { turns } if self.turn.is_none() => {
                self.users = self.users.saturating_sub(usize::try_from(turns).unwrap_or(usize::MAX));
                vec![EventMsg::ThreadRolledBack(ThreadRolledBack { num_turns: turns })]
            }
            Op::UserShell { command } => {
                let begin = self.command(&command, CommandSource::UserShell, None);
                let end = ended(&begin, "some output\n", 0);
                vec![EventMsg::ExecCommandBegin(begin), end]
            }
            Op::Compact if self.turn.is_none() => {
                let begin = self.begin();
                let compacted = EventMsg::ContextCompacted(codex_protocol::event::ContextCompacted {});
                vec![begin, compacted, self.complete(random)]
            }
            Op::Review(target) if self.turn.is_none() => {
                let begin = self.begin();
                self.reviewing = true;
                vec![begin, EventMsg::EnteredReviewMode(EnteredReviewMode { target, user_facing_hint: String::new() })]
            }
            _ => Vec::new(),
        }
    }

    fn begin(&mut self) -> EventMsg {
        let turn = TurnId::new(self.id());
        self.turn = Some(turn.clone());
        EventMsg::TaskStarted(TaskStarted { turn_id: turn, model_context_window: None, collaboration_mode_kind: "default".to_owned() })
    }

    fn user(&mut self, mut text: String) -> EventMsg {
        // Words of earlier messages may have been pasted or brought back.
        self.said.extend(marks(&text));
        if text.len().is_multiple_of(3) {
            let mark = self.mark();
            text.push_str(&format!(" {mark}"));
            self.said.push(mark);
        }
        self.users += 1;
        EventMsg::UserMessage(UserMessage { message: text, images: Vec::new(), local_images: Vec::new(), text_elements: Vec::new() })
    }

    fn over(&mut self) -> Option<TurnId> {
        self.message = None;
        self.running.retain(|command| command.process_id.is_some());
        self.calls.clear();
        self.searches.clear();
        self.reviewing = false;
        self.turn.take()
    }

    fn abort(&mut self) -> Vec<EventMsg> {
        match self.over() {
            Some(turn) => vec![EventMsg::TurnAborted(TurnAborted { turn_id: Some(turn), reason: AbortReason::Interrupted })],
            None => Vec::new(),
        }
    }

    fn complete(&mut self, random: &mut Random) -> EventMsg {
        let turn = self.over().unwrap();
        let error = random.chance(10).then(|| codex_protocol::event::TurnFailure { message: "it failed".to_owned(), code: "x".to_owned() });
        EventMsg::TaskComplete(TaskComplete { turn_id: turn, last_agent_message: None, error, denials: Default::default() })
    }

    fn command(&mut self, line: &str, source: CommandSource, process: Option<String>) -> ExecCommandBegin {
        let word = line.split(' ').next().unwrap_or_default();
        let parsed = match word {
            "ls" => ParsedCommand::ListFiles { cmd: line.to_owned(), path: None },
            "cat" => ParsedCommand::Read { cmd: line.to_owned(), name: "a".to_owned(), path: PathBuf::from("a") },
            _ => ParsedCommand::Unknown { cmd: line.to_owned() },
        };
        ExecCommandBegin {
            call_id: CallId::new(self.id()),
            process_id: process,
            turn_id: self.turn.clone().unwrap_or_else(|| TurnId::new("none")),
            command: vec!["bash".to_owned(), "-lc".to_owned(), line.to_owned()],
            cwd: PathBuf::from("/w"),
            parsed_cmd: vec![parsed],
            source,
        }
    }

    /// Something that happens by itself.
    pub(super) fn go_on(&mut self, random: &mut Random) -> Vec<EventMsg> {
        let Some(turn) = self.turn.clone() else { return self.between_turns(random) };
        match random.below(100) {
            0..45 => self.say(random),
            45..50 => vec![self.delta_of_reasoning(random)],
            50..58 => vec![self.command_begins(random)],
            58..66 => self.command_goes_on(random),
            66..74 => self.command_ends(random).into_iter().collect(),
            74..77 => vec![self.patch(random)],
            77..79 => vec![plan(&self.words(random, 9))],
            79..82 => self.call(random),
            82..86 => self.ask(random, &turn),
            86..89 => self.notice(random),
            89..90 => self.abort(),
            90..93 => self.finish_message(),
            93..97 if self.message.is_none() => vec![self.complete(random)],
            _ => vec![tokens(random)],
        }
    }

    fn between_turns(&mut self, random: &mut Random) -> Vec<EventMsg> {
        match random.below(10) {
            0 => self.notice(random),
            1 => self.command_ends(random).into_iter().collect(),
            2 => vec![self.begin()],
            _ => Vec::new(),
        }
    }

    fn notice(&mut self, random: &mut Random) -> Vec<EventMsg> {
        let (mark, words, noise) = (self.mark(), self.words(random, 9), self.noise(random));
        let message = format!("{words}{noise} {mark}");
        match random.below(3) {
            0 => {
                self.said.push(mark);
                vec![EventMsg::Warning(Warning { message })]
            }
            1 => {
                self.said.push(mark);
                vec![EventMsg::Error(ErrorEvent { message, codex_error_info: None })]
            }
            _ => vec![EventMsg::StreamError(StreamError {
                message: "Reconnecting... 1/5".to_owned(),
                additional_details: Some(words),
                codex_error_info: None,
            })],
        }
    }

    /// Goes on with the message, or begins one.
    fn say(&mut self, random: &mut Random) -> Vec<EventMsg> {
        if self.message.is_none() {
            let (id, text) = (self.id(), self.markdown(random));
            self.message = Some((ItemId::new(id), text, 0));
        }
        let mut events = Vec::new();
        for _ in 0..random.below(4) + 1 {
            let Some((item, text, from)) = &mut self.message else { break };
            let mut to = (*from + random.below(40) + 1).min(text.len());
            // A mark goes out in one piece, and so does a letter with its accent.
            while to < text.len()
                && (!text.is_char_boundary(to) || text[to..].starts_with(|c: char| c == MARK || c == '\u{301}' || c.is_ascii_digit()))
            {
                to += 1;
            }
            let delta = text[*from..to].to_owned();
            *from = to;
            let (item, is_end) = (item.clone(), to == text.len());
            if !self.reviewing {
                self.said.extend(marks(&delta));
            }
            events.push(delta_event(&item, self.turn.as_ref(), delta, false));
            if is_end {
                events.extend(self.finish_message());
                break;
            }
        }
        events
    }

    fn finish_message(&mut self) -> Vec<EventMsg> {
        let Some((item, text, from)) = self.message.take() else { return Vec::new() };
        if !self.reviewing {
            self.said.extend(marks(&text[from..]));
        }
        vec![EventMsg::AgentMessage(AgentMessage { message: text, phase: None, memory_citation: None, item_id: Some(item) })]
    }

    fn delta_of_reasoning(&mut self, random: &mut Random) -> EventMsg {
        let (id, words) = (self.id(), self.words(random, 4));
        delta_event(&ItemId::new(id), self.turn.as_ref(), format!("**{words}** and so on"), true)
    }

    fn command_begins(&mut self, random: &mut Random) -> EventMsg {
        let word = *random.pick(&["ls", "cat a", "cargo test", "echo 日本語"]);
        let line = format!("{word} {}{}", self.words(random, 6), self.noise(random));
        let id = self.id();
        let begin = self.command(&line, CommandSource::Agent, random.chance(20).then_some(id));
        self.running.push(begin.clone());
        EventMsg::ExecCommandBegin(begin)
    }

    fn command_goes_on(&mut self, random: &mut Random) -> Vec<EventMsg> {
        if self.running.is_empty() {
            return Vec::new();
        }
        let call_id = random.pick(&self.running).call_id.clone();
        let chunk = format!("{}{}\n", self.words(random, 20), self.noise(random));
        vec![EventMsg::ExecCommandOutputDelta(codex_protocol::event::ExecCommandOutputDelta {
            call_id,
            stream: OutputStream::Stdout,
            chunk,
        })]
    }

    fn command_ends(&mut self, random: &mut Random) -> Option<EventMsg> {
        if self.running.is_empty() {
            return None;
        }
        let begin = self.running.remove(random.below(self.running.len()));
        let lines = random.below(30);
        let output: String = (0..lines).map(|_| format!("{}{}\n", self.words(random, 9), self.noise(random))).collect();
        Some(ended(&begin, &output, i32::from(random.chance(30))))
    }

    fn patch(&mut self, random: &mut Random) -> EventMsg {
        let (words, noise, call, turn) = (self.words(random, 9), self.noise(random), self.id(), self.turn.clone().unwrap());
        let diff = format!("@@ -1,2 +1,2 @@\n one\n-{words}\n+{words} more{}\n", noise.replace(['\r', '\n'], " "));
        let changes = BTreeMap::from([
            (PathBuf::from(format!("/w/{}.rs", random.below(9))), FileChange::Update { unified_diff: diff, move_path: None }),
            (PathBuf::from(format!("/w/new{noise}")), FileChange::Add { content: format!("{words}\n") }),
        ]);
        let status = *random.pick(&[PatchStatus::Completed, PatchStatus::Completed, PatchStatus::Failed, PatchStatus::Declined]);
        EventMsg::PatchApplyEnd(PatchApplyEnd {
            call_id: CallId::new(call),
            turn_id: turn,
            stdout: String::new(),
            stderr: format!("no {noise}"),
            success: status == PatchStatus::Completed,
            changes,
            status,
        })
    }

    fn call(&mut self, random: &mut Random) -> Vec<EventMsg> {
        let noise = self.noise(random);
        match random.below(6) {
            0 if !self.calls.is_empty() => {
                let (call_id, invocation) = self.calls.remove(0);
                let result = if random.chance(70) {
                    Ok(json!({"content": [{"type": "text", "text": format!("fine {noise}")}]}))
                } else {
                    Err(format!("bad {noise}"))
                };
                vec![EventMsg::McpToolCallEnd(McpToolCallEnd { call_id, invocation, duration: Duration::from_millis(3), result })]
            }
            1 if !self.searches.is_empty() => {
                let call_id = self.searches.remove(0);
                let action = codex_protocol::response_item::WebSearchAction::Search { query: Some("q".to_owned()), queries: None };
                vec![EventMsg::WebSearchEnd(WebSearchEnd { call_id, query: format!("rust {noise}"), action })]
            }
            2 => {
                let call_id = CallId::new(self.id());
                vec![EventMsg::ViewImageToolCall(ViewImageToolCall { call_id, path: PathBuf::from(format!("/w/{noise}x.png")) })]
            }
            3 => {
                let call_id = CallId::new(self.id());
                self.searches.push(call_id.clone());
                vec![EventMsg::WebSearchBegin(WebSearchBegin { call_id })]
            }
            4 if self.reviewing => {
                self.reviewing = false;
                vec![EventMsg::ExitedReviewMode(Box::new(ExitedReviewMode { review_output: None }))]
            }
            _ => {
                let (id, words) = (self.id(), self.words(random, 4));
                let invocation =
                    McpInvocation { server: format!("demo{noise}"), tool: "echo".to_owned(), arguments: Some(json!({"text": words})) };
                self.calls.push((CallId::new(id.clone()), invocation.clone()));
                vec![EventMsg::McpToolCallBegin(McpToolCallBegin { call_id: CallId::new(id), invocation })]
            }
        }
    }

    fn ask(&mut self, random: &mut Random, turn: &TurnId) -> Vec<EventMsg> {
        let (id, words, noise) = (self.id(), self.words(random, 40), self.noise(random));
        let question = match random.below(5) {
            0 => {
                json!({"type": "exec_approval_request", "call_id": id, "turn_id": turn, "command": ["bash", "-lc", format!("touch {words}{noise}")],
                "cwd": "/w", "reason": format!("May I? {noise}"), "available_decisions": ["approved", "abort"], "parsed_cmd": []})
            }
            1 => json!({"type": "apply_patch_approval_request", "call_id": id, "turn_id": turn, "reason": null, "grant_root": null,
                "changes": {"/w/a.rs": {"type": "add", "content": format!("{words}\n")}}}),
            2 => json!({"type": "request_user_input", "call_id": id, "turn_id": turn, "questions": [
                {"id": "q1", "header": "H", "question": format!("Which? {noise}"), "is_other": true, "is_secret": false,
                 "options": [{"label": "One", "description": words}, {"label": "Two", "description": "b"}]},
                {"id": "q2", "header": "H", "question": "Name?", "is_other": false, "is_secret": false, "options": null}]}),
            3 => json!({"type": "elicitation_request", "id": id, "server_name": format!("demo{noise}"), "request": {"mode": "form",
                "message": format!("Please {words}"), "requested_schema": {"type": "object", "properties": {"name": {"type": "string"}, "on": {"type": "boolean"}}}}}),
            _ => json!({"type": "request_permissions", "call_id": id, "turn_id": turn, "reason": words,
                "permissions": {"network": {"enabled": true}, "file_system": null}}),
        };
        vec![event(question)]
    }
}

/// An event as session files have it.
pub(super) fn event(value: Value) -> EventMsg {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn delta_event(item: &ItemId, turn: Option<&TurnId>, delta: String, reasoning: bool) -> EventMsg {
    let turn_id = turn.cloned().unwrap_or_else(|| TurnId::new("none"));
    let delta =
        codex_protocol::event::ItemDelta { thread_id: ThreadId::generate(), turn_id, item_id: item.clone(), delta, summary_index: None };
    if reasoning { EventMsg::ReasoningContentDelta(delta) } else { EventMsg::AgentMessageContentDelta(delta) }
}

fn ended(begin: &ExecCommandBegin, output: &str, exit_code: i32) -> EventMsg {
    EventMsg::ExecCommandEnd(Box::new(ExecCommandEnd {
        call_id: begin.call_id.clone(),
        process_id: begin.process_id.clone(),
        turn_id: begin.turn_id.clone(),
        command: begin.command.clone(),
        cwd: begin.cwd.clone(),
        parsed_cmd: begin.parsed_cmd.clone(),
        source: begin.source,
        stdout: String::new(),
        stderr: String::new(),
        aggregated_output: output.to_owned(),
        exit_code,
        duration: Duration::from_millis(7),
        formatted_output: String::new(),
        status: if exit_code == 0 { CommandStatus::Completed } else { CommandStatus::Failed },
    }))
}

fn plan(words: &str) -> EventMsg {
    let step = |step: &str, status| PlanStep { step: step.to_owned(), status };
    let plan = vec![step("Look", StepStatus::Completed), step(words, StepStatus::InProgress)];
    EventMsg::PlanUpdate(PlanUpdate { explanation: None, plan })
}

fn tokens(random: &mut Random) -> EventMsg {
    let used = i64::try_from(random.below(300_000)).unwrap();
    let usage = json!({"input_tokens": used, "cached_input_tokens": 0, "output_tokens": 10, "reasoning_output_tokens": 0, "total_tokens": used + 10});
    event(
        json!({"type": "token_count", "info": {"total_token_usage": usage, "last_token_usage": usage, "model_context_window": 258_000}, "rate_limits": null}),
    )
}
