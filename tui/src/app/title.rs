//! The title of the terminal: what the user chose of it, changed no more than once a second while a turn runs.

use std::io;
use std::io::Write;
use std::time::{Duration, Instant};

use super::clock;
use super::state::App;
use crate::text::sanitize_line;

/// Time between two pictures of the spinner.
const TURN: Duration = Duration::from_secs(1);
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// Characters of one item.
const MOST: usize = 60;

/// Everything the title can show, by its name in settings, with what it is.
pub(crate) const ITEMS: &[(&str, &str)] = &[
    ("spinner", "A spinner while a turn runs"),
    ("project", "Name of the folder"),
    ("app-name", "Name of this program"),
    ("status", "Whether it works, waits for you, or is ready"),
    ("thread", "Name of the thread (omitted when it has none)"),
    ("git-branch", "Current git branch (omitted when unavailable)"),
    ("model", "Current model name"),
    ("task-progress", "Steps of the plan that are done (omitted without a plan)"),
];

/// What is shown when nothing is configured.
pub(crate) const USUAL: &[&str] = &["spinner", "project"];

/// The title as it is set.
#[derive(Debug)]
pub(crate) struct Title {
    shown: String,
    turned: Instant,
    frame: usize,
}

impl Title {
    pub(crate) fn new() -> Self {
        Self { shown: String::new(), turned: clock::now(), frame: 0 }
    }
}

impl App {
    /// What the title says with these items.
    pub(crate) fn title(&self, items: &[String]) -> String {
        let mut title = String::new();
        let mut after_spinner = true;
        for item in items {
            let Some(text) = self.title_item(item) else { continue };
            if !title.is_empty() {
                title.push_str(if after_spinner { " " } else { " · " });
            }
            title.extend(sanitize_line(&text).chars().filter(|c| !c.is_control()).take(MOST));
            after_spinner = item == "spinner";
        }
        title
    }

    fn title_item(&self, name: &str) -> Option<String> {
        let facts = &self.chat.facts;
        match name {
            "spinner" => self.chat.is_running().then(|| FRAMES[self.title.frame].to_string()),
            "project" => Some(facts.cwd.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())),
            "app-name" => Some("codex".to_owned()),
            "status" if !self.asked.is_empty() => Some("Waiting for you".to_owned()),
            "status" => Some(if self.chat.is_running() { "Working" } else { "Ready" }.to_owned()),
            "thread" => facts.name.clone(),
            "git-branch" => facts.branch.clone(),
            "model" => Some(facts.model.clone()),
            "task-progress" => self.chat.plan_progress().map(|(done, all)| format!("{done}/{all}")),
            _ => None,
        }
    }

    /// Sets the title where it changed.
    pub(crate) fn retitle(&mut self) -> io::Result<()> {
        if self.chat.is_running() && clock::now() >= self.title.turned + TURN {
            self.title.turned = clock::now();
            self.title.frame = if self.animated { (self.title.frame + 1) % FRAMES.len() } else { 0 };
        }
        let title = self.title(&self.title_items);
        if title == self.title.shown {
            return Ok(());
        }
        let out = self.screen.out();
        out.write_all(format!("\x1b]0;{title}\x1b\\").as_bytes())?;
        out.flush()?;
        self.title.shown = title;
        Ok(())
    }
}
