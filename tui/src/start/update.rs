//! Whether a newer version is there: what was found out last time is read at the start, and found out anew behind the first frame.
//!
//! Nothing waits for it, and nobody is asked unless the settings name an address.

use std::io::Write;
use std::path::{Path, PathBuf};

use codex_config::Config;
use codex_core::Runtime;
use codex_state::Timestamp;
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use super::page::{Happened, happened, show};
use crate::app::{Ears, Surroundings, TuiError, first_look};
use crate::modal::{Choice, Choices, Page};
use crate::terminal::{Output, Screen};
use crate::theme::{Look, Role};

/// What was found out is believed for so long.
const SECONDS: i64 = 20 * 60 * 60;
/// What installs the newest version where npm installed this one.
const NPM: [&str; 4] = ["npm", "install", "-g", "@openai/codex"];

/// What is known of versions, as `version.json` keeps it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Known {
    latest_version: String,
    /// RFC 3339.
    last_checked_at: Option<String>,
    dismissed_version: Option<String>,
}

/// A version that is newer than this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Newer {
    pub(crate) present: String,
    pub(crate) newest: String,
    /// What installs it, where the way of installation is known.
    pub(crate) command: Option<Vec<String>>,
    pub(super) dismissed: bool,
}

fn file(config: &Config) -> PathBuf {
    config.codex_home.join("version.json")
}

fn known(config: &Config) -> Option<Known> {
    serde_json::from_slice(&std::fs::read(file(config)).ok()?).ok()
}

fn is_on(config: &Config) -> bool {
    config.keys.check_for_update_on_startup != Some(false)
}

/// The newer version that is known of, if any.
pub(crate) fn newer(config: &Config, runtime: &Runtime) -> Option<Newer> {
    let known = is_on(config).then(|| known(config)).flatten()?;
    let newest = known.latest_version.trim().to_owned();
    if numbers(&newest)? <= numbers(&runtime.version)? {
        return None;
    }
    let by_npm = runtime.env_text("CODEX_MANAGED_BY_NPM").is_some_and(|value| !value.is_empty());
    Some(Newer {
        present: runtime.version.clone(),
        dismissed: known.dismissed_version.as_deref() == Some(known.latest_version.as_str()),
        command: by_npm.then(|| NPM.map(str::to_owned).to_vec()),
        newest,
    })
}

impl Newer {
    /// What is said below the news.
    pub(crate) fn sentence(&self) -> String {
        match &self.command {
            Some(argv) => format!("Run {} to update.", argv.join(" ")),
            None => "Install it the way you installed this one.".to_owned(),
        }
    }
}

/// The numbers of a finished version; `None` for anything else.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// What the user wants to do about a newer version.
pub(super) enum Decision {
    /// To be updated by this command, after which this program ends.
    Update(Vec<String>),
    /// To go on.
    GoOn,
    /// To leave.
    Leave,
}

/// Asks about a newer version that can be installed from here.
pub(super) async fn ask(
    config: &Config,
    surroundings: &Surroundings,
    flat: bool,
    screen: &mut Screen<Output>,
    ears: &mut Ears,
) -> Result<Decision, TuiError> {
    let Some(newer) = newer(config, &surroundings.runtime).filter(|newer| !newer.dismissed) else { return Ok(Decision::GoOn) };
    let Some(argv) = newer.command.clone() else { return Ok(Decision::GoOn) };
    let look = first_look(config, surroundings, flat);
    let mut choices = choices(&argv);
    loop {
        show(screen, &page(&newer, &choices, screen.size().columns, &look))?;
        let chosen = match happened(screen, ears).await {
            Happened::Leave => return Ok(Decision::Leave),
            Happened::Paste(_) | Happened::Redraw => None,
            Happened::Key(key) => choices.key(key).0,
        };
        match chosen {
            None => {}
            Some(0) => return Ok(Decision::Update(argv)),
            Some(1) => return Ok(Decision::GoOn),
            Some(_) => {
                dismiss(config);
                return Ok(Decision::GoOn);
            }
        }
    }
}

pub(super) fn choices(argv: &[String]) -> Choices {
    Choices::new(vec![
        Choice::plain(format!("Update now (runs `{}`)", argv.join(" ")), ""),
        Choice::plain("Skip", ""),
        Choice::plain("Skip until next version", ""),
    ])
}

pub(super) fn page<'a>(newer: &Newer, choices: &Choices, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = Page::new(columns, look);
    let mark = if look.flat { "" } else { "✨ " };
    let title = format!("{mark}Update available! {} -> {}", newer.present, crate::text::sanitize_line(&newer.newest));
    page.words(&Line::styled(title, look.style(Role::Strong)));
    page.blank();
    page.choices(choices, 0);
    page.blank();
    page.words(&Line::styled("Press enter to continue", look.style(Role::Dim)));
    page
}

/// This version is not asked about any more.
fn dismiss(config: &Config) {
    if let Some(mut known) = known(config) {
        known.dismissed_version = Some(known.latest_version.clone());
        keep(&file(config), &known);
    }
}

/// Asks for the newest version where it is time to; what is found out counts from the next start on.
pub(crate) async fn refresh(config: &Config, runtime: &Runtime) {
    let Some(address) = config.keys.update_check_url.as_deref().filter(|_| is_on(config)) else { return };
    let before = known(config).unwrap_or_default();
    let now = Timestamp::now();
    let then = before.last_checked_at.as_ref().and_then(|then| then.parse::<Timestamp>().ok());
    if then.is_some_and(|then| (0..SECONDS).contains(&(now.as_second() - then.as_second()))) {
        return;
    }
    let env = runtime.env.iter().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))).collect();
    match codex_model_client::release::newest_release(address, &env).await {
        Ok(latest_version) => keep(&file(config), &Known { latest_version, last_checked_at: Some(now.to_string()), ..before }),
        Err(error) => tracing::info!(%error, "the newest version is not known"),
    }
}

/// Writes the whole file or nothing of it; a file that cannot be written is asked for again at the next start.
fn keep(path: &Path, known: &Known) {
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
        file.write_all(&serde_json::to_vec(known)?)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    if let Err(error) = written() {
        tracing::info!(%error, "`version.json` was not written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_versions_are_compared() {
        assert!(numbers("1.10.0") > numbers("1.9.9"));
        assert_eq!(numbers("v0.2.0"), Some([0, 2, 0]));
        for text in ["1.2", "1.2.3-alpha.1", "1.2.3.4", "", "latest"] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }
}
