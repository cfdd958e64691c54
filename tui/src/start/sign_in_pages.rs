//! The pages of signing in, as they look. **Not here:** what is done on them (`sign_in`).

use ratatui::text::{Line, Span};

use super::page::welcome;
use crate::modal::{Choice, Choices, Page};
use crate::text::{sanitize_line, width};
use crate::theme::{Look, Role};

/// The ways.
pub(super) fn choices() -> Choices {
    Choices::new(vec![
        Choice::plain("Sign in with ChatGPT", "A browser opens on this machine; your plan pays"),
        Choice::plain("Sign in with Device Code", "You enter a short code in a browser on another device"),
        Choice::plain("Provide your own API key", "You pay for what you use"),
        Choice::plain("Use a model on this machine", "Ollama or LM Studio; no account, nothing leaves this machine"),
    ])
}

fn words(page: &mut Page<'_>, text: &str, role: Role) {
    let style = page.look().style(role);
    page.words(&Line::styled(sanitize_line(text), style));
}

/// The ways to choose from, and what went wrong with the last one; in few rows no more than that.
pub(super) fn ways<'a>(choices: &Choices, complaint: Option<&str>, (columns, rows): (u16, u16), look: &'a Look) -> Page<'a> {
    let whole = ways_with(choices, complaint, columns, look, true);
    if whole.len() <= usize::from(rows) {
        return whole;
    }
    let short = choices.without_about();
    ways_with(&short, complaint, columns, look, false)
}

fn ways_with<'a>(choices: &Choices, complaint: Option<&str>, columns: u16, look: &'a Look, greets: bool) -> Page<'a> {
    let mut page = if greets { welcome(columns, look) } else { Page::new(columns, look) };
    if greets {
        explain(&mut page);
    }
    page.choices(choices, 0);
    page.blank();
    if let Some(complaint) = complaint {
        words(&mut page, complaint, Role::Failure);
        page.blank();
    }
    words(&mut page, "Press Enter to continue", Role::Dim);
    page
}

fn explain(page: &mut Page<'_>) {
    words(page, "Sign in to use Codex with your plan, give an API key that is billed by use, or use a model on this machine.", Role::Dim);
    page.blank();
}

/// Waiting for a browser.
pub(super) fn browser<'a>(url: &str, opened: bool, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = welcome(columns, look);
    let text =
        if opened { "Finish signing in with your browser. If none opened, go to:" } else { "To sign in, open this address in a browser:" };
    words(&mut page, text, Role::Title);
    page.blank();
    words(&mut page, url, Role::Link);
    page.blank();
    words(&mut page, "Press Esc to go back", Role::Dim);
    page
}

/// Waiting for a code to be entered elsewhere.
pub(super) fn device<'a>(address: &str, code: &str, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = welcome(columns, look);
    words(&mut page, "Open this address on any device and enter the code:", Role::Title);
    page.blank();
    words(&mut page, address, Role::Link);
    page.blank();
    words(&mut page, code, Role::Strong);
    page.blank();
    words(&mut page, "Only enter a code that you asked for yourself.", Role::Dim);
    page.blank();
    words(&mut page, "Press Esc to go back", Role::Dim);
    page
}

/// A server on this machine, or one of its models, to choose.
pub(super) fn local<'a>(title: &str, choices: &Choices, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = welcome(columns, look);
    words(&mut page, title, Role::Title);
    page.blank();
    page.choices(choices, 0);
    page.blank();
    words(&mut page, "Press Enter to continue, Esc to go back", Role::Dim);
    page
}

/// An API key being written.
pub(super) fn key<'a>(typed: &str, complaint: Option<&str>, columns: u16, look: &'a Look) -> Page<'a> {
    let mut page = welcome(columns, look);
    let mark = if look.flat { "" } else { "> " };
    page.extend([Line::styled(format!("{mark}Use your own OpenAI API key, billed by use"), look.style(Role::Strong))]);
    page.blank();
    words(&mut page, "Paste or type your key. It is kept on this machine, in auth.json, for you alone.", Role::Dim);
    page.blank();
    if look.flat {
        let line = format!("API key: {typed}");
        let column = width(&line);
        page.extend([Line::from(line)]);
        page.caret(u16::try_from(column).unwrap_or(columns));
    } else {
        boxed(&mut page, typed);
    }
    if let Some(complaint) = complaint {
        words(&mut page, complaint, Role::Failure);
    }
    words(&mut page, "Press Enter to save", Role::Dim);
    words(&mut page, "Press Esc to go back", Role::Dim);
    page
}

fn boxed(page: &mut Page<'_>, typed: &str) {
    const TITLE: &str = "API key";
    let dim = page.look().style(Role::Dim);
    let inner = usize::from(page.columns()).saturating_sub(2).max(1);
    page.extend([Line::styled(format!("╭{TITLE}{}╮", "─".repeat(inner.saturating_sub(TITLE.len()))), dim)]);
    // The end of a long key is what is being typed.
    let shown: String = typed.chars().rev().take(inner.saturating_sub(1)).collect::<Vec<_>>().into_iter().rev().collect();
    let column = 1 + width(&shown);
    let text = if typed.is_empty() { Span::styled("Paste or type your API key", dim) } else { Span::raw(shown) };
    let rest = inner.saturating_sub(text.width());
    page.extend([Line::from(vec![Span::styled("│", dim), text, Span::raw(" ".repeat(rest)), Span::styled("│", dim)])]);
    page.caret(u16::try_from(column).unwrap_or(u16::MAX));
    page.extend([Line::styled(format!("╰{}╯", "─".repeat(inner)), dim)]);
}
