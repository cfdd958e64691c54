//! A page before the conversation: lines, and keys until one of them decides.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::app::{Ears, TuiError, terminal_size};
use crate::terminal::Ended;
use crate::terminal::keys::Input;
use crate::terminal::{Output, Screen};

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

/// Shows a page as live rows; where it does not fit, its end, which is where choices, complaints and keys stand.
pub(super) fn show(screen: &mut Screen<Output>, lines: &[Line<'_>], caret: Option<Position>) -> Result<(), TuiError> {
    let size = screen.size();
    let height = u16::try_from(lines.len()).unwrap_or(size.rows).min(size.rows);
    let cut = lines.len().saturating_sub(usize::from(height));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.columns, height));
    for (row, line) in (0..height).zip(&lines[cut..]) {
        buffer.set_line(0, row, line, size.columns);
    }
    let up = u16::try_from(cut).unwrap_or(u16::MAX);
    let caret = caret.and_then(|caret| Some(Position::new(caret.x, caret.y.checked_sub(up)?)));
    let caret = caret.filter(|caret| caret.y < height && caret.x < size.columns);
    screen.draw(buffer, caret).map_err(TuiError::terminal("cannot draw"))
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
                Ended::By(_) => return Happened::Leave,
                // The modes are ours again with the next key at the latest.
                Ended::GoneOn => return Happened::Redraw,
                Ended::Stop => continue,
            },
            bytes = ears.keyboard.next() => match bytes {
                Some(bytes) => ears.parse(&bytes),
                None => return Happened::Leave,
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
