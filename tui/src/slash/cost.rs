//! `/cost`: the tokens of this thread, by kind, and what they cost where prices are set.

use std::sync::Arc;

use super::SlashCommand;
use crate::app::App;
use crate::cells::{EchoCell, ListingCell};
use crate::chat::{Facts, Notice, with_commas};

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("cost", "show the tokens of this thread by kind, and what they cost", run).any_time();

fn run(app: &mut App, _args: &str) {
    if app.chat.facts.usage.is_none() {
        app.note(Notice::Info, "No tokens were used yet.");
        return;
    }
    let rows = rows(&app.chat.facts);
    app.chat.add(Arc::new(EchoCell::new("/cost")));
    app.chat.add(Arc::new(ListingCell::plain_rows("Tokens of this thread", rows)));
}

fn rows(facts: &Facts) -> Vec<String> {
    let total = facts.usage.map(|usage| usage.total_token_usage).unwrap_or_default();
    let counts = [
        ("Input", total.input_tokens - total.cached_input_tokens),
        ("Input from the cache", total.cached_input_tokens),
        ("Output", total.output_tokens - total.reasoning_output_tokens),
        ("Reasoning", total.reasoning_output_tokens),
        ("All", total.total_tokens),
    ];
    let mut rows: Vec<String> = counts.iter().map(|(name, count)| format!("{name:<22}{:>14}", with_commas(*count))).collect();
    rows.push(String::new());
    match facts.cost.in_words() {
        Some(sum) => rows.push(format!("{:<22}{sum:>14}", "Cost")),
        None => rows.push(format!(
            "No sum: no prices are set. In config.toml: [tui.prices.\"{}\"] with input, cached_input and output per million tokens.",
            crate::text::sanitize_line(&facts.model)
        )),
    }
    if facts.cost.in_words().is_some() && facts.cost.unpriced() > 0 {
        rows.push(format!("without {} tokens of models that have no price in config.toml", with_commas(facts.cost.unpriced())));
    }
    rows
}
