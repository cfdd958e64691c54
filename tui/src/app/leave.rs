//! What stays on the shell's screen when a thread is left.

use std::sync::Arc;

use super::engine::Beginning;
use super::state::App;
use crate::cells::UsageCell;

impl App {
    /// Leaves the thread for another one: its tokens and how to go on with it stay on the screen.
    pub(crate) fn change_thread(&mut self, beginning: Beginning) {
        if self.chat.had_turn {
            let usage = self.chat.facts.usage.map(|usage| usage.total_token_usage);
            self.chat.add(Arc::new(UsageCell::new(usage, self.chat.facts.resume_command())));
        }
        self.chat.begin_thread();
        self.chat.add(crate::chat::card(&self.chat.facts));
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
        facts.usage_line().into_iter().chain(resume).collect()
    }
}
