//! What stays on the shell's screen when a thread is left.

use super::state::App;

impl App {
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
