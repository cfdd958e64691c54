//! `/cost`: the tokens of this thread, by kind.

use std::sync::Arc;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, ListingCell};
use crate::chat::{Notice, with_commas};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("cost", "show the tokens of this thread by kind", run).any_time();

fn run(app: &mut App, _args: &str) {
    let Some(usage) = app.chat.facts.usage else {
        app.note(Notice::Info, "No tokens were used yet.");
        return;
    };
    let total = usage.total_token_usage;
    let rows = [
        ("Input", total.input_tokens - total.cached_input_tokens),
        ("Input from the cache", total.cached_input_tokens),
        ("Output", total.output_tokens - total.reasoning_output_tokens),
        ("Reasoning", total.reasoning_output_tokens),
        ("All", total.total_tokens),
    ];
    let rows = rows.map(|(name, count)| format!("{name:<22}{:>14}", with_commas(count)));
    let note = "No prices are known here, so no sum of money is shown.".to_owned();
    app.chat.add(Arc::new(EchoCell::new("/cost")));
    app.chat.add(Arc::new(ListingCell::plain_rows("Tokens of this thread", rows.into_iter().chain([String::new(), note]))));
}
