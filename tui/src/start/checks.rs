//! Whether there can be a screen at all.

use std::io::{BufRead, Write};

use codex_config::Config;
use codex_protocol::ThreadId;

use crate::app::{Surroundings, TuiError};
use crate::composer::ComposerOptions;

/// Both ends have to be a terminal; one that cannot move its cursor is asked about.
pub(crate) fn check_terminal(surroundings: &Surroundings) -> Result<(), TuiError> {
    if !surroundings.stdin_is_terminal {
        return Err(TuiError::Stdin);
    }
    if !surroundings.stdout_is_terminal {
        return Err(TuiError::Stdout);
    }
    if surroundings.runtime.env_text("TERM") != Some("dumb") {
        return Ok(());
    }
    let question = "WARNING: TERM is set to \"dumb\". Codex's interactive TUI may not work in this terminal.\nContinue anyway? [y/N]: ";
    let mut answer = String::new();
    let asked = std::io::stdout().write_all(question.as_bytes()).and_then(|()| std::io::stdout().flush());
    let read = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    match read {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(TuiError::Dumb),
    }
}

/// What the composer is made with, as far as the settings say.
///
/// # Errors
/// When the settings name a key, a context or an action that is none.
pub(crate) fn composer_options(config: &Config) -> Result<ComposerOptions, TuiError> {
    // The thread's own id comes with the thread.
    ComposerOptions::from_config(config, ThreadId::generate()).map_err(|error| {
        let file = config.codex_home.join("config.toml");
        TuiError::Config(format!("Invalid configuration: {}", crate::keymap::describe(&error, &file)))
    })
}
