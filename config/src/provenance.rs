//! Where each value came from.
//!
//! A side table from dotted key to the layers that set it, lowest first; the last one is in force. It is
//! filled while layers are laid over each other and never consulted to resolve anything.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// One place a value can come from, lowest precedence first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerSource {
    /// `/etc/codex/config.toml`.
    System(PathBuf),
    /// `$CODEX_HOME/config.toml`.
    User(PathBuf),
    /// `$CODEX_HOME/NAME.config.toml` of the profile in use.
    ProfileFile(PathBuf),
    /// `.codex/config.toml` of a trusted project.
    Project(PathBuf),
    /// `-c`, `--enable` and `--disable`.
    CommandLine,
    /// `/etc/codex/managed_config.toml`.
    Managed(PathBuf),
    /// `[profiles.NAME]`.
    Profile(String),
    /// A flag of its own, such as `-m`; the name is the long one.
    Flag(&'static str),
    /// `/etc/codex/requirements.toml`.
    Requirements(PathBuf),
}

impl LayerSource {
    /// The file it is; `None` for flags, the command line and a profile's table, which may be in any file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::System(path)
            | Self::User(path)
            | Self::ProfileFile(path)
            | Self::Project(path)
            | Self::Managed(path)
            | Self::Requirements(path) => Some(path),
            Self::CommandLine | Self::Profile(_) | Self::Flag(_) => None,
        }
    }
}

impl fmt::Display for LayerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(path)
            | Self::User(path)
            | Self::ProfileFile(path)
            | Self::Project(path)
            | Self::Managed(path)
            | Self::Requirements(path) => path.display().fmt(f),
            Self::CommandLine => f.write_str("command line"),
            Self::Profile(name) => write!(f, "profile `{name}`"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// The layers behind every value that is not a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    entries: BTreeMap<String, Vec<LayerSource>>,
}

impl Provenance {
    /// The layer whose value is in force; `None` means the default is.
    pub fn origin(&self, key: &str) -> Option<&LayerSource> {
        self.entries.get(key).and_then(|layers| layers.last())
    }

    /// The highest layer of the first key below `key`.
    pub(crate) fn origin_below(&self, key: &str) -> Option<&LayerSource> {
        let prefix = format!("{key}.");
        let (_, layers) = self.entries.range(prefix.clone()..).next().filter(|(name, _)| name.starts_with(&prefix))?;
        layers.last()
    }

    /// The layers that set `key`, lowest first: all but the last were overridden.
    pub fn layers(&self, key: &str) -> &[LayerSource] {
        self.entries.get(key).map_or(&[], Vec::as_slice)
    }

    /// All keys that some layer set, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn record(&mut self, key: &str, source: &LayerSource) {
        self.entries.entry(key.to_owned()).or_default().push(source.clone());
    }

    /// Forgets `key` itself: a table took the scalar's place.
    pub(crate) fn forget(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Forgets what was below `key`: a scalar took the table's place.
    pub(crate) fn forget_below(&mut self, key: &str) {
        let prefix = format!("{key}.");
        let below = self.entries.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        let below: Vec<String> = below.map(|(name, _)| name.clone()).collect();
        for name in below {
            self.entries.remove(&name);
        }
    }
}

/// Appends a segment to a dotted key, quoted where it has to be.
pub(crate) fn dotted(parent: &str, segment: &str) -> String {
    let bare = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let segment = if bare { segment.to_owned() } else { format!("{segment:?}") };
    if parent.is_empty() { segment } else { format!("{parent}.{segment}") }
}
