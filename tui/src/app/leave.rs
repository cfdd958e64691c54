//! What stays on the shell's screen when a thread is left.

use std::sync::Arc;

use super::engine::Beginning;
use super::setup::{Conversation, Stored};
use super::state::{App, Link};
use crate::cells::UsageCell;
use crate::chat::Notice;
use crate::text::sanitize_line;

impl App {
    /// Leaves the thread for another one: its tokens and how to go on with it stay on the screen.
    pub(crate) fn change_thread(&mut self, beginning: Beginning) {
        if self.chat.had_turn {
            let usage = self.chat.facts.usage.map(|usage| usage.total_token_usage);
            self.chat.add(Arc::new(UsageCell::new(usage, self.chat.facts.resume_command())));
        }
        self.begin_anew(beginning);
    }

    /// Connects to the server again, and shows the thread anew.
    pub(crate) fn reconnect(&mut self) {
        if self.link != Link::Gone {
            self.note(Notice::Info, "The connection stands.");
            return;
        }
        let written = self.chat.cells().iter().any(|cell| cell.is_user());
        let beginning = match (self.thread(), &self.launch.conversation) {
            (Some(id), _) if written => Beginning::Resume(Stored::Named(id.to_string())),
            (None, Conversation::Resume(stored)) => Beginning::Resume(stored.clone()),
            (None, Conversation::Fork(stored)) => Beginning::Fork(stored.clone()),
            _ => Beginning::New,
        };
        self.begin_anew(beginning);
    }

    fn begin_anew(&mut self, beginning: Beginning) {
        self.chat.begin_thread();
        if self.server.is_none() {
            self.chat.add(crate::chat::card(&self.chat.facts));
        }
        self.rollout = None;
        self.proposed = false;
        self.mode = codex_protocol::mode::ModeKind::default();
        self.open(beginning);
    }

    /// The tokens of the thread and how to go on with it; nothing when no turn ran.
    pub(crate) fn farewell(&self) -> Vec<String> {
        if !self.chat.had_turn {
            return Vec::new();
        }
        let facts = &self.chat.facts;
        let resume = facts.resume_command().map(|command| format!("To continue this session, run {command}"));
        facts.usage_line().into_iter().chain(resume).map(|line| sanitize_line(&line)).collect()
    }
}
