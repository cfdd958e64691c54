//! What a composer is made with.

use std::path::PathBuf;

use codex_config::Config;
use codex_config::schema::root::HistoryPersistence;
use codex_protocol::ThreadId;
use codex_state::PromptHistory;

use super::history::History;
use crate::keymap::{Keymap, KeymapError};

/// What a composer is made with.
#[derive(Debug)]
pub struct ComposerOptions {
    /// Which keys do what.
    pub keymap: Keymap,
    /// Whether there are the modes of vi.
    pub vim: bool,
    /// Whether leaving takes two presses.
    pub confirm_quit: bool,
    /// Whether keys that come very fast are taken for a paste; until the terminal shows that it marks pastes itself.
    pub detect_bursts: bool,
    /// What stands where nothing is written yet.
    pub placeholder: String,
    /// The commands behind `/`, in the order they are offered.
    pub commands: Vec<SlashEntry>,
    /// What `$` offers.
    pub mentions: Vec<MentionEntry>,
    /// What was sent before.
    pub history: History,
    /// Where relative paths of images begin.
    pub cwd: PathBuf,
    /// What `~` stands for in paths of images.
    pub home: Option<PathBuf>,
}

impl Default for ComposerOptions {
    fn default() -> Self {
        Self {
            keymap: Keymap::default(),
            vim: false,
            confirm_quit: true,
            detect_bursts: true,
            placeholder: String::new(),
            commands: Vec::new(),
            mentions: Vec::new(),
            history: History::in_memory(),
            cwd: PathBuf::from("/"),
            home: None,
        }
    }
}

impl ComposerOptions {
    /// What a configuration says: `tui.keymap`, `tui.enter_key`, `tui.vim_mode`, `tui.confirm_quit`, `disable_paste_burst`, `history`.
    ///
    /// # Errors
    ///
    /// [`KeymapError`].
    pub fn from_config(config: &Config, session: ThreadId) -> Result<Self, KeymapError> {
        let keys = &config.keys;
        let tui = keys.tui.as_ref();
        let kept = keys.history.as_ref();
        let history = if kept.is_some_and(|history| history.persistence == HistoryPersistence::None) {
            History::in_memory()
        } else {
            let most = kept.and_then(|history| history.max_bytes).and_then(|most| u64::try_from(most).ok());
            History::stored(PromptHistory::new(&config.codex_home, most), session)
        };
        Ok(Self {
            keymap: Keymap::from_config(tui)?,
            vim: tui.and_then(|tui| tui.vim_mode).unwrap_or(false),
            confirm_quit: tui.and_then(|tui| tui.confirm_quit).unwrap_or(true),
            detect_bursts: !keys.disable_paste_burst.unwrap_or(false),
            history,
            cwd: config.cwd.clone(),
            ..Self::default()
        })
    }
}

/// A command behind `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashEntry {
    /// Its name without `/`.
    pub name: String,
    /// What it does, in a few words.
    pub about: String,
    /// Whether words may follow it. Where not, a text with words is a message.
    pub takes_args: bool,
    /// Other names, offered only when they are typed.
    pub aliases: Vec<String>,
}

/// Something `$` offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionEntry {
    /// Its name without `$`.
    pub name: String,
    /// What it is, such as `Skill`.
    pub kind: String,
    /// What it is for, in a few words.
    pub about: String,
    /// Where it is kept.
    pub path: String,
}
