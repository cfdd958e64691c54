//! Bytes that a program wrote for a terminal, as styled text.
//!
//! [`pieces`] tells text from what a terminal would act on; [`text`] keeps the colours and attributes and drops every other
//! sequence. Whatever comes in, no control character comes out.
//!
//! **Not here:** wrapping and layout, characters that are printable but invisible (`codex-tui`).
//!
//! ```
//! use ratatui_core::style::Style;
//! let text = codex_ansi_escape::text(b"\x1b[32mok\x1b[0m \x1b]0;title\x07done\n");
//! assert_eq!(text.lines.len(), 1);
//! assert_eq!(text.lines[0].spans[0].content, "ok");
//! assert_eq!(text.lines[0].spans[0].style, Style::new().green());
//! assert_eq!(text.lines[0].spans[1].content, " done");
//! ```

mod colour;
mod scan;
mod screen;

pub use scan::{Piece, Pieces, pieces};
pub use screen::{TAB_STOP, text};
