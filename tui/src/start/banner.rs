//! What stands at the head of a conversation: news of a newer version, warnings, the card, a tip.

use std::sync::Arc;

use codex_config::Config;
use codex_core::Runtime;

use super::update::newer;
use crate::cells::{BannerCell, Cell};
use crate::chat::{Facts, card, tip};

const PLACEHOLDERS: [&str; 6] = [
    "Explain this codebase",
    "Find and fix a bug in @filename",
    "Write tests for @filename",
    "Improve documentation in @filename",
    "Summarize recent commits",
    "Implement {feature}",
];

const TIPS: [&str; 7] = [
    "Type @ to name a file; the best match is one Tab away.",
    "Enter while a turn runs steers it, Tab queues a message for later.",
    "Press Esc twice to go back to an earlier message and change it.",
    "Ctrl-T shows everything that happened, in full.",
    "Start a line with ! to run a command of your own; the model reads its output with your next message.",
    "`/undo` takes back what the last turn changed in your files.",
    "`codex doctor` checks whether everything is set up.",
];

/// A number that is another one for every start.
fn turn() -> usize {
    usize::try_from(std::process::id()).unwrap_or_default()
}

/// What stands in the empty composer.
pub(crate) fn placeholder() -> &'static str {
    PLACEHOLDERS[turn() % PLACEHOLDERS.len()]
}

/// The cells at the head.
pub(crate) fn banner(config: &Config, runtime: &Runtime, facts: &Facts) -> Vec<Arc<dyn Cell>> {
    let newer = newer(config, runtime);
    let news = newer.map(|newer| Arc::new(BannerCell::update(&newer.present, &newer.newest, vec![newer.sentence()])) as Arc<dyn Cell>);
    let mut cells: Vec<Arc<dyn Cell>> = news.into_iter().chain([card(facts)]).collect();
    if config.keys.tui.as_ref().and_then(|tui| tui.show_tooltips).unwrap_or(true) {
        cells.push(tip(TIPS[turn() / PLACEHOLDERS.len() % TIPS.len()]));
    }
    cells
}
