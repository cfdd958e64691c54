//! A page before the conversation: lines, and keys until one of them decides.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::{Ears, TuiError, terminal_size};
use crate::modal::Page;
use crate::terminal::Ended;
use crate::terminal::keys::Input;
use crate::terminal::{Output, Screen};
use crate::theme::{Look, Role};

/// What happened on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// A key.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The user wants to leave, by a key or a signal.
    Leave,
    /// Something that only changes how the page looks.
    Redraw,
}

/// Shows a page as live rows.
pub(super) fn show(screen: &mut Screen<Output>, page: &Page<'_>) -> Result<(), TuiError> {
    let size = screen.size();
    let area = Rect::new(0, 0, size.columns, page.height(size.rows));
    let mut buffer = Buffer::empty(area);
    let caret = page.draw(area, &mut buffer);
    screen.draw(buffer, caret).map_err(TuiError::terminal("cannot draw"))
}

/// A page with the line that greets.
pub(super) fn welcome(columns: u16, look: &Look) -> Page<'_> {
    let mut page = Page::new(columns, look);
    page.words(&Line::styled("Welcome to Codex, OpenAI's command-line coding agent", look.style(Role::Strong)));
    page.blank();
    page
}

/// Waits for the next thing that happens.
pub(super) async fn happened(screen: &mut Screen<Output>, ears: &mut Ears) -> Happened {
    loop {
        if let Some(happened) = ears.typed.pop_front().and_then(meant) {
            return happened;
        }
        if !ears.typed.is_empty() {
            continue;
        }
        let inputs = tokio::select! {
            biased;
            signal = ears.signals.next() => match signal {
                Ended::Resize => {
                    screen.resize(terminal_size());
                    return Happened::Redraw;
                }
                Ended::By(number) => {
                    ears.left_with = 128 + number;
                    return Happened::Leave;
                }
                // The modes are ours again with the next key at the latest.
                Ended::GoneOn => return Happened::Redraw,
                Ended::Stop => continue,
            },
            bytes = ears.keyboard.next() => match bytes {
                Some(bytes) => ears.parse(&bytes),
                None => {
                    ears.left_with = 129;
                    return Happened::Leave;
                }
            },
            () = until(ears.give_up) => ears.given_up(),
        };
        ears.typed.extend(inputs);
    }
}

/// What an input means on a page; `None` for nothing.
fn meant(input: Input) -> Option<Happened> {
    match input {
        Input::Key(key) if leaves(key) => Some(Happened::Leave),
        Input::Key(key) => Some(Happened::Key(key)),
        Input::Paste(text) => Some(Happened::Paste(text)),
        Input::Focus(_) | Input::Kitty | Input::Background(_) => None,
    }
}

fn leaves(key: KeyEvent) -> bool {
    key.modifiers == KeyModifiers::CONTROL && matches!(key.code, KeyCode::Char('c' | 'd'))
}

async fn until(moment: Option<std::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
