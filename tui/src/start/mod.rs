//! Before the first thread: checks of the terminal, sign-in, trust; and what stands at the head of a conversation.

mod banner;
mod checks;
mod local;
mod page;
mod sign_in;
mod sign_in_pages;
#[cfg(test)]
mod tests;
mod trust;
mod update;

use std::sync::Arc;

use codex_config::Config;

pub(crate) use self::banner::{banner, placeholder};
pub(crate) use self::checks::{check_terminal, composer_options};
pub(crate) use self::update::refresh as refresh_version;
use crate::app::{Ears, Launch, Surroundings, TuiError};
use crate::terminal::{Output, Screen};

/// What the user decided before the first thread.
pub(crate) enum Ready {
    /// To go on, with the settings as they are now.
    Go(Arc<Config>),
    /// To leave, with a code.
    Leave(u8),
    /// To leave, and to update this program with a command.
    Update(Vec<String>),
}

/// Asks what has to be known before the first thread: who pays, and whether the folder is trusted.
pub(crate) async fn before_the_first_thread(
    launch: &Launch,
    surroundings: &Surroundings,
    config: Arc<Config>,
    screen: &mut Screen<Output>,
    ears: &mut Ears,
) -> Result<Ready, TuiError> {
    if launch.place.is_some() {
        // Whom the server signed in as, and what it trusts, are settled there.
        return Ok(Ready::Go(config));
    }
    match update::ask(&config, surroundings, launch.screen_reader, screen, ears).await? {
        update::Decision::Update(argv) => return Ok(Ready::Update(argv)),
        update::Decision::Leave => return Ok(Ready::Leave(ears.left_with)),
        update::Decision::GoOn => {}
    }
    let mut config = config;
    if sign_in::is_needed(&config, surroundings).await {
        if !sign_in::ask(&config, launch, surroundings, screen, ears).await? {
            return Ok(Ready::Leave(ears.left_with));
        }
        // A model on this machine is a setting.
        config = Arc::new(codex_config::load(&launch.options).map_err(|error| TuiError::Config(error.to_string()))?);
    }
    if config.trusted.is_some() {
        return Ok(Ready::Go(config));
    }
    if !trust::ask(&config, surroundings, launch.screen_reader, screen, ears).await? {
        return Ok(Ready::Leave(ears.left_with));
    }
    let config = codex_config::load(&launch.options).map_err(|error| TuiError::Config(error.to_string()))?;
    Ok(Ready::Go(Arc::new(config)))
}
