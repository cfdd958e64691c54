//! How the model works with the user: it carries things out, or plans first.

use codex_protocol::Op;
use codex_protocol::mode::{CollaborationMode, ModeKind, ModeSettings};
use codex_protocol::op::{ReasoningEffort, TurnOverrides};

use super::state::App;
use crate::chat::Notice;
use crate::modal::Choice;

/// What is sent when a plan is to be carried out.
const GO: &str = "Implement the plan.";

impl App {
    /// Goes to the next mode.
    pub(crate) fn next_mode(&mut self) {
        let next = match self.mode {
            ModeKind::Default => ModeKind::Plan,
            ModeKind::Plan => ModeKind::Default,
        };
        self.set_mode(next);
    }

    /// Goes to a mode; later turns are in it.
    pub(crate) fn set_mode(&mut self, mode: ModeKind) {
        if mode == self.mode {
            return;
        }
        self.mode = mode;
        let (name, effort) = match mode {
            ModeKind::Default => ("Default", self.chat.facts.effort),
            ModeKind::Plan => {
                let own = self.config.keys.plan_mode_reasoning_effort;
                ("Plan", own.or(self.chat.facts.effort).or(Some(ReasoningEffort::Medium)))
            }
        };
        self.chat.facts.mode_effort = if mode == ModeKind::Plan { effort } else { None };
        let settings = ModeSettings { model: String::new(), reasoning_effort: effort, developer_instructions: None };
        let overrides = TurnOverrides { mode: Some(CollaborationMode { mode, settings }), ..TurnOverrides::default() };
        self.submit(Op::OverrideDefaults(overrides));
        let model = &self.chat.facts.model;
        let text = format!("Model changed to {model} {} for {name} mode.", effort.map_or("default", ReasoningEffort::as_str));
        self.note(Notice::Info, &text);
    }

    /// The mode as the status line shows it; empty for the usual one.
    pub(crate) fn mode_words(&self) -> &'static str {
        match self.mode {
            ModeKind::Default => "",
            ModeKind::Plan => "Plan mode (shift+tab to cycle)",
        }
    }

    /// A plan is there: is it to be carried out?
    pub(crate) fn ask_about_plan(&mut self) {
        let choices = vec![
            Choice::plain("Yes, implement this plan", "Switch to Default and start."),
            Choice::plain("No, stay in Plan mode", "Go on planning with the model."),
        ];
        self.tell(super::tell::Happening::Plan, "Plan ready: implement it?");
        self.menu("Implement this plan?", "", choices, 0, |app, row| {
            if row == 0 {
                app.set_mode(ModeKind::Default);
                app.send_text(GO);
            }
        });
    }
}
