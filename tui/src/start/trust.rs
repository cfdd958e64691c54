//! Whether the folder is trusted: what stands in its files reaches the model, and its own settings count once it is.

use codex_config::Config;
use codex_config::edit::{set_trust, trust_root};
use codex_config::schema::TrustLevel;
use ratatui::text::{Line, Span};

use super::page::{Happened, happened, show, welcome};
use crate::app::{Ears, Surroundings, TuiError, first_look};
use crate::modal::{Choice, Choices, Page};
use crate::terminal::{Output, Screen};
use crate::text::{Indent, sanitize_line};
use crate::theme::{Look, Role};

/// Asks; `false` when the user does not want to go on. A yes is remembered.
pub(super) async fn ask(
    config: &Config,
    surroundings: &Surroundings,
    flat: bool,
    screen: &mut Screen<Output>,
    ears: &mut Ears,
) -> Result<bool, TuiError> {
    let root = trust_root(&config.cwd);
    let look = first_look(config, surroundings, flat);
    let mut choices = choices();
    loop {
        show(screen, &page(&root.display().to_string(), &choices, screen.size().columns, &look))?;
        match happened(screen, ears).await {
            Happened::Leave => return Ok(false),
            Happened::Paste(_) | Happened::Redraw => {}
            Happened::Key(key) => match choices.key(key).0 {
                None => {}
                Some(0) => {
                    set_trust(&config.codex_home, &root, TrustLevel::Trusted).map_err(|error| TuiError::Config(error.to_string()))?;
                    return Ok(true);
                }
                Some(_) => return Ok(false),
            },
        }
    }
}

pub(super) fn choices() -> Choices {
    Choices::new(vec![Choice::plain("Yes, continue", ""), Choice::plain("No, quit", "")])
}

pub(super) fn page<'a>(folder: &str, choices: &Choices, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = welcome(columns, look);
    let head = Indent::hanging(Span::raw("> You are in "));
    let head = if look.flat { Indent { first: "You are in ".into(), ..Indent::default() } } else { head };
    page.wrapped(&Line::styled(sanitize_line(folder), look.style(Role::Strong)), &head);
    page.blank();
    page.words(&Line::from(
        "Do you trust what is in this folder? Files of strangers can hold instructions that the model takes for yours, and the settings \
         and rules that a trusted folder brings along are followed.",
    ));
    page.blank();
    page.choices(choices, 0);
    page.blank();
    page.words(&Line::styled("Press enter to continue", look.style(Role::Dim)));
    page
}
