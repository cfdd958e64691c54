//! `/plan [TEXT]` and `/collab`: plan first, or carry out.

use codex_protocol::mode::ModeKind;

use super::SlashCommand;
use crate::app::App;
use crate::modal::Choice;

pub(super) const PLAN: SlashCommand = SlashCommand::new("plan", "plan before anything is changed", plan).with_words();
pub(super) const COLLAB: SlashCommand = SlashCommand::new("collab", "choose how the model works with you", collab);

fn plan(app: &mut App, args: &str) {
    app.set_mode(ModeKind::Plan);
    if !args.is_empty() {
        app.send_text(args);
    }
}

fn collab(app: &mut App, _args: &str) {
    let label = |mode: ModeKind, name: &str| if app.mode == mode { format!("{name} (current)") } else { name.to_owned() };
    let choices = vec![
        Choice::plain(label(ModeKind::Plan, "Plan"), "The model looks around, asks, and proposes a plan"),
        Choice::plain(label(ModeKind::Default, "Default"), "The model carries out what you say"),
    ];
    let selected = if app.mode == ModeKind::Plan { 0 } else { 1 };
    app.menu("Select Collaboration Mode", "", choices, selected, |app, row| {
        app.set_mode(if row == 0 { ModeKind::Plan } else { ModeKind::Default });
    });
}
