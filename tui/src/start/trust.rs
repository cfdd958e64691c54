//! Whether the folder is trusted: what stands in its files reaches the model, and its own settings count once it is.

use codex_config::Config;
use codex_config::edit::{set_trust, trust_root};
use codex_config::schema::TrustLevel;
use ratatui::text::{Line, Span};

use super::page::{Happened, happened, show};
use crate::app::{Ears, Surroundings, TuiError, first_look};
use crate::modal::{Choice, Choices};
use crate::terminal::{Output, Screen};
use crate::text::{Indent, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// Asks; `false` when the user does not want to go on. A yes is remembered.
pub(super) async fn ask(
    config: &Config,
    surroundings: &Surroundings,
    screen: &mut Screen<Output>,
    ears: &mut Ears,
) -> Result<bool, TuiError> {
    let root = trust_root(&config.cwd);
    let look = first_look(config, surroundings);
    let mut choices = Choices::new(vec![Choice::plain("Yes, continue", ""), Choice::plain("No, quit", "")]);
    loop {
        let mut lines = page(&root.display().to_string(), screen.size().columns, &look);
        lines.extend(choices.lines(screen.size().columns, &look));
        lines.extend([Line::default(), Line::styled("  Press enter to continue", look.style(Role::Dim))]);
        show(screen, &lines, None)?;
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

fn page(folder: &str, columns: u16, look: &Look) -> Vec<Line<'static>> {
    let columns = usize::from(columns);
    let welcome = Line::styled("Welcome to Codex, OpenAI's command-line coding agent", look.style(Role::Strong));
    let mut lines = wrap(&welcome, columns, &Indent::blanks(2));
    lines.push(Line::default());
    let head = Indent::hanging(Span::raw("> You are in "));
    lines.extend(wrap(&Line::styled(sanitize_line(folder), look.style(Role::Strong)), columns, &head));
    lines.push(Line::default());
    let words = "Do you trust what is in this folder? Files of strangers can hold instructions that the model takes for yours, and the \
                 settings and rules that a trusted folder brings along are followed.";
    lines.extend(wrap(&Line::from(words), columns, &Indent::blanks(2)));
    lines.push(Line::default());
    lines
}
