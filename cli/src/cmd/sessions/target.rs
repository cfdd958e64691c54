//! Which stored session a command line means, and what commands on sessions share.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use codex_config::Config;
use codex_exec::Ambient;
use codex_exec::args::ConfigFlags;
use codex_state::{SessionFile, SessionStore, SessionSummary, SortKey, StateError};

use crate::cmd::config_options::{self, has_overrides, options_in};
use crate::failure::Failure;
use crate::surroundings::{EXEC, Environment, gather};

/// Sessions named one by one, or the newest.
#[derive(Args, Clone, Debug)]
pub(crate) struct Targets {
    /// Id, the first characters of one, or name of a session
    #[arg(value_name = "SESSION", required_unless_present = "last")]
    pub(crate) sessions: Vec<String>,

    /// The session of this folder that went on last
    #[arg(long, conflicts_with = "sessions")]
    pub(crate) last: bool,

    /// With --last: of any folder
    #[arg(long, requires = "last")]
    pub(crate) all: bool,
}

/// The stored sessions, as a command finds them.
pub(crate) struct Stored {
    pub(crate) store: SessionStore,
    pub(crate) ambient: Ambient,
    /// `None` when the settings cannot be read: that keeps nobody from their sessions.
    pub(crate) config: Option<Config>,
}

impl Stored {
    /// The sessions of this process's `$CODEX_HOME`, with what the flags say of settings.
    ///
    /// # Errors
    /// Where the flags make no sense. A broken file of settings is none, unless `--strict-config` makes it one.
    pub(crate) fn of_this_process(flags: &ConfigFlags) -> Result<Self, Failure> {
        let ambient = gather(Environment::of_this_process(), &EXEC)?;
        let config = codex_config::load(&options_in(flags, &ambient)?);
        let config = match config {
            Err(error) if flags.strict_config || has_overrides(flags) => return Err(config_options::failed(&error)),
            config => config.ok(),
        };
        let store = SessionStore::new(&ambient.codex_home);
        let store = match &config {
            Some(config) => store.with_index_in(&config.sqlite_home),
            None => store,
        };
        Ok(Self { store, ambient, config })
    }

    /// The session that a word means.
    pub(crate) fn find(&self, wanted: &str) -> Result<SessionFile, Failure> {
        self.store.find(wanted).map_err(failed)
    }

    /// The session that went on last.
    pub(crate) fn newest(&self, any_folder: bool) -> Result<SessionFile, Failure> {
        let folder = (!any_folder).then_some(self.ambient.cwd.as_path());
        let newest = self.store.newest(folder, SortKey::Updated).map_err(failed)?;
        let newest = newest.ok_or_else(|| match any_folder {
            true => Failure::new("Error: there is no session yet"),
            false => Failure::new("Error: there is no session of this folder").hint("`--all` looks at those of every folder"),
        })?;
        Ok(SessionFile { id: newest.id, path: newest.path, archived: newest.archived })
    }

    /// The sessions that the words mean, each once.
    pub(crate) fn targets(&self, targets: &Targets) -> Result<Vec<SessionFile>, Failure> {
        if targets.last {
            return Ok(vec![self.newest(targets.all)?]);
        }
        let mut files: Vec<SessionFile> = Vec::new();
        for wanted in &targets.sessions {
            let file = self.find(wanted)?;
            if !files.contains(&file) {
                files.push(file);
            }
        }
        Ok(files)
    }

    /// What is known of a session.
    pub(crate) fn summary(&self, file: &SessionFile) -> Result<SessionSummary, Failure> {
        self.store.summary(file.id).map_err(failed)
    }

    /// Where a path on the command line leads.
    pub(crate) fn path(&self, path: &std::path::Path) -> PathBuf {
        self.ambient.cwd.join(path)
    }
}

/// An error of the store for people.
pub(crate) fn failed(error: StateError) -> Failure {
    let mut text = format!("Error: {error}");
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    let failure = Failure::new(text);
    match error {
        StateError::Unknown { .. } | StateError::NotFound { .. } => failure.hint("`codex sessions list --all` shows what there is"),
        StateError::Ambiguous { .. } => failure.hint("give more characters of the id"),
        StateError::Busy { .. } => failure.hint("end the other program first, or go on in a copy: `codex exec fork`"),
        _ => failure,
    }
}

/// Prints to standard output. A reader that has seen enough is no failure.
pub(crate) fn say(text: &str) {
    crate::output::print(text);
}

/// Text of somebody else in one safe line of at most so many characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = codex_exec::sanitize(&line).into_owned();
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(3)).collect();
    format!("{kept}...")
}
