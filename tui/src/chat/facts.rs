//! What is known of the session: model, folder, tokens.

use std::path::PathBuf;

use codex_protocol::ThreadId;
use codex_protocol::op::ReasoningEffort;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::usage::{RateLimits, TokenUsage, TokenUsageInfo};

use crate::text::sanitize_line;

/// Tokens that every conversation begins with and no user can do anything about.
const BASELINE: i64 = 12_000;

/// What is known of the session.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Model slug.
    pub model: String,
    /// Provider id and address.
    pub provider: (String, String),
    /// Effort as configured.
    pub effort: Option<ReasoningEffort>,
    /// Effort of the mode that turns are in, where it is another.
    pub mode_effort: Option<ReasoningEffort>,
    /// Working directory.
    pub cwd: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Version of this program.
    pub version: String,
    /// The thread; `None` until it is ready.
    pub thread: Option<ThreadId>,
    /// Its name.
    pub name: Option<String>,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// What commands may do.
    pub sandbox: SandboxPolicy,
    /// Counts; `None` until a server said any.
    pub usage: Option<TokenUsageInfo>,
    /// What the thread had used when this run of the program began.
    pub used_before: TokenUsage,
    /// Rate limits.
    pub limits: Option<RateLimits>,
    /// The window was too small for the last request.
    pub overflowed: bool,
    /// Branch of the repository, when known.
    pub branch: Option<String>,
    /// Address of the server that the thread runs at; `None` for this process.
    pub remote: Option<String>,
    /// What the tokens cost.
    pub cost: super::Cost,
}

impl Facts {
    /// The same settings for another thread.
    pub(super) fn fresh(&self) -> Self {
        Self {
            thread: None,
            name: None,
            usage: None,
            used_before: TokenUsage::default(),
            mode_effort: None,
            limits: None,
            overflowed: false,
            cost: self.cost.fresh(),
            ..self.clone()
        }
    }

    /// The model with its effort.
    pub fn model_with_effort(&self) -> String {
        format!("{} {}", self.model, self.mode_effort.or(self.effort).map_or("default", ReasoningEffort::as_str))
    }

    /// Tokens in the window and its size; `None` until a server said any.
    pub fn window(&self) -> Option<(i64, i64)> {
        let usage = self.usage.as_ref()?;
        Some((usage.last_token_usage.total_tokens, usage.model_context_window?))
    }

    /// How much of the window is left, in percent.
    pub fn context_left(&self) -> i64 {
        if self.overflowed {
            return 0;
        }
        let Some((used, window)) = self.window() else { return 100 };
        let room = (window - BASELINE).max(1);
        let left = (window - used.max(BASELINE)).clamp(0, room);
        (left * 200 + room) / (room * 2)
    }

    /// The line that tells of tokens when a thread is left.
    pub fn usage_line(&self) -> Option<String> {
        let usage = self.usage.as_ref()?.total_token_usage;
        let input = (usage.input_tokens - usage.cached_input_tokens).max(0);
        let cached = match usage.cached_input_tokens {
            0 => String::new(),
            cached => format!(" (+ {} cached)", with_commas(cached)),
        };
        let reasoning = match usage.reasoning_output_tokens {
            0 => String::new(),
            reasoning => format!(" (reasoning {})", with_commas(reasoning)),
        };
        let (total, input, output) = (with_commas(usage.blended_total()), with_commas(input), with_commas(usage.output_tokens));
        Some(format!("Token usage: total={total} input={input}{cached} output={output}{reasoning}"))
    }

    /// What goes on with this thread.
    pub fn resume_command(&self) -> Option<String> {
        let id = self.thread?.to_string();
        // A name that cannot be shown as it is cannot be copied either.
        let name = self.name.as_deref().filter(|name| sanitize_line(name) == *name).and_then(|name| shlex::try_quote(name).ok());
        let name = name.map_or(id, std::borrow::Cow::into_owned);
        Some(match &self.remote {
            Some(address) => format!("codex --remote {address} resume {name}"),
            None => format!("codex resume {name}"),
        })
    }
}

/// `1234567` as `1,234,567`.
pub fn with_commas(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Facts of a session of which nothing is known.
#[cfg(test)]
pub(crate) fn tests_facts() -> Facts {
    Facts {
        model: "m".into(),
        provider: (String::new(), String::new()),
        mode_effort: None,
        effort: None,
        cwd: PathBuf::new(),
        home: None,
        version: String::new(),
        thread: None,
        name: None,
        approval: ApprovalPolicy::default(),
        sandbox: SandboxPolicy::read_only(),
        usage: None,
        used_before: TokenUsage::default(),
        limits: None,
        overflowed: false,
        branch: None,
        remote: None,
        cost: super::Cost::default(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn facts(used: i64, window: i64) -> Facts {
        let last = TokenUsage { total_tokens: used, ..TokenUsage::default() };
        let info = TokenUsageInfo { total_token_usage: last, last_token_usage: last, model_context_window: Some(window) };
        Facts { usage: Some(info), ..tests_facts() }
    }

    #[test]
    fn what_is_left_of_the_window_fits_what_was_recorded() {
        for (used, left) in [(20_500, 97), (130_010, 52), (110, 100), (300_000, 0)] {
            assert_eq!(facts(used, 258_400).context_left(), left, "{used}");
        }
    }

    #[test]
    fn cached_and_reasoning_tokens_are_told_when_there_are_any() {
        let mut facts = facts(0, 1);
        facts.usage.as_mut().unwrap().total_token_usage = TokenUsage {
            input_tokens: 21_000,
            cached_input_tokens: 300,
            output_tokens: 570,
            reasoning_output_tokens: 20,
            total_tokens: 21_570,
        };
        assert_eq!(facts.usage_line().unwrap(), "Token usage: total=21,270 input=20,700 (+ 300 cached) output=570 (reasoning 20)");
    }
}
