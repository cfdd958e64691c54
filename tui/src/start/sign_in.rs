//! Signing in, when the provider wants it and nobody is: with a browser, with a code on another
//! device, or with an API key; or not at all, with a model on this machine.

use codex_config::Config;
use codex_login::{Account, ApiKey, Login, LoginError};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::page::{Happened, happened, show};
use crate::app::{Ears, Launch, Surroundings, TuiError, first_look};
use crate::modal::{Choice, Choices};
use crate::terminal::{Output, Screen};
use crate::text::{Indent, sanitize_line, width, wrap};
use crate::theme::{Look, Role};

/// Whether the provider wants a sign-in and nothing takes its place.
pub(super) async fn is_needed(config: &Config, surroundings: &Surroundings) -> bool {
    let provider = &config.provider;
    let has_own = provider.env_key.is_some() || provider.experimental_bearer_token.is_some();
    if has_own || !(provider.is_builtin_openai || provider.requires_openai_auth) {
        return false;
    }
    let set = |name: &str| surroundings.runtime.env_text(name).is_some_and(|value| !value.trim().is_empty());
    if set("OPENAI_API_KEY") || set("CODEX_API_KEY") {
        return false;
    }
    // What cannot be read is told when it is used.
    login(config, surroundings).stored().await.is_ok_and(|stored| stored.is_none())
}

fn login(config: &Config, surroundings: &Surroundings) -> Login {
    codex_core::login(config, &surroundings.runtime)
}

/// The page of the ways, and what is said above them.
pub(super) struct Ways<'a> {
    login: Login,
    pub(super) look: Look,
    open_browser: std::sync::Arc<dyn Fn(&str) -> bool + Send + Sync>,
    pub(super) screen: &'a mut Screen<Output>,
    pub(super) ears: &'a mut Ears,
    complaint: Option<String>,
}

/// Asks; `false` when the user left without signing in.
pub(super) async fn ask(
    config: &Config,
    launch: &Launch,
    surroundings: &Surroundings,
    screen: &mut Screen<Output>,
    ears: &mut Ears,
) -> Result<bool, TuiError> {
    let look = first_look(config, surroundings);
    let open_browser = std::sync::Arc::clone(&surroundings.open_browser);
    let mut ways = Ways { login: login(config, surroundings), look, open_browser, screen, ears, complaint: None };
    let mut choices = Choices::new(vec![
        Choice::plain("Sign in with ChatGPT", ""),
        Choice::plain("Sign in with Device Code", ""),
        Choice::plain("Provide your own API key", ""),
        Choice::plain("Use a model on this machine", ""),
    ]);
    loop {
        let lines = ways.page(&choices);
        show(ways.screen, &lines, None)?;
        let chosen = match happened(ways.screen, ways.ears).await {
            Happened::Leave => return Ok(false),
            Happened::Paste(_) | Happened::Redraw => continue,
            Happened::Key(key) => choices.key(key).0,
        };
        let done = match chosen {
            None => continue,
            Some(0) => ways.browser().await?,
            Some(1) => ways.device().await?,
            Some(2) => ways.key().await?,
            Some(_) => super::local::ask(&mut ways, config, &launch.options).await?,
        };
        match done {
            Done::SignedIn => return Ok(true),
            Done::Back => {}
            Done::Left => return Ok(false),
        }
    }
}

/// How a way ended.
pub(super) enum Done {
    SignedIn,
    Back,
    Left,
}

impl Ways<'_> {
    /// Everything where there is room for it, else the choices and what is wrong.
    fn page(&self, choices: &Choices) -> Vec<Line<'static>> {
        let whole = self.page_with(choices, true);
        if whole.len() <= usize::from(self.screen.size().rows) { whole } else { self.page_with(choices, false) }
    }

    fn page_with(&self, choices: &Choices, explained: bool) -> Vec<Line<'static>> {
        let columns = self.screen.size().columns;
        let dim = self.look.style(Role::Dim);
        let mut lines = self.head();
        lines.extend(self.words(
            "Sign in to use Codex with your plan, give an API key that is billed by use, or use a model on this machine.",
            Role::Dim,
        ));
        lines.push(Line::default());
        let about = [
            "A browser opens on this machine; your plan pays",
            "You enter a short code in a browser on another device",
            "You pay for what you use",
            "Ollama or LM Studio; no account, nothing leaves this machine",
        ];
        let rows = choices.lines(columns, &self.look);
        for (row, about) in rows.into_iter().zip(about) {
            lines.push(row);
            if !explained {
                continue;
            }
            lines.extend(wrap(&Line::styled(about, dim), usize::from(columns), &Indent::blanks(5)));
            lines.push(Line::default());
        }
        if !explained {
            lines.push(Line::default());
        }
        if let Some(complaint) = &self.complaint {
            lines.extend(self.words(complaint, Role::Failure));
            lines.push(Line::default());
        }
        lines.push(Line::styled("  Press Enter to continue", dim));
        lines
    }

    pub(super) fn head(&self) -> Vec<Line<'static>> {
        let mut lines = self.words("Welcome to Codex, OpenAI's command-line coding agent", Role::Strong);
        lines.push(Line::default());
        lines
    }

    pub(super) fn words(&self, text: &str, role: Role) -> Vec<Line<'static>> {
        let line = Line::styled(sanitize_line(text), self.look.style(role));
        wrap(&line, usize::from(self.screen.size().columns), &Indent::blanks(2))
    }

    /// Waits for a sign-in that goes on elsewhere, with a page that Esc leaves.
    async fn wait(
        &mut self,
        lines: Vec<Line<'static>>,
        work: impl Future<Output = Result<Account, LoginError>>,
        stop: impl Fn(),
    ) -> Result<Done, TuiError> {
        tokio::pin!(work);
        loop {
            show(self.screen, &lines, None)?;
            tokio::select! {
                outcome = &mut work => return match outcome {
                    Ok(_) => self.signed_in("Signed in"),
                    Err(error) => {
                        self.complain(&error.to_string());
                        Ok(Done::Back)
                    }
                },
                happened = happened(self.screen, self.ears) => match happened {
                    Happened::Leave => {
                        stop();
                        return Ok(Done::Left);
                    }
                    Happened::Key(key) if key.code == KeyCode::Esc => {
                        stop();
                        return Ok(Done::Back);
                    }
                    _ => {}
                },
            }
        }
    }

    async fn browser(&mut self) -> Result<Done, TuiError> {
        let sign_in = match self.login.start_browser().await {
            Ok(sign_in) => sign_in,
            Err(error) => return Ok(self.not_possible(&error)),
        };
        let mut lines = self.head();
        let opened = (self.open_browser)(sign_in.url());
        let words = if opened {
            "Finish signing in with your browser. If none opened, go to:"
        } else {
            "To sign in, open this address in a browser:"
        };
        lines.extend(self.words(words, Role::Title));
        lines.push(Line::default());
        // Unbroken, so that a terminal that finds addresses finds the whole of it.
        lines.extend(self.words(sign_in.url(), Role::Link));
        lines.extend([Line::default(), Line::styled("  Press Esc to go back", self.look.style(Role::Dim))]);
        let canceller = sign_in.canceller();
        self.wait(lines, sign_in.completed(), move || canceller.cancel()).await
    }

    async fn device(&mut self) -> Result<Done, TuiError> {
        let sign_in = match self.login.start_device().await {
            Ok(sign_in) => sign_in,
            Err(error) => return Ok(self.not_possible(&error)),
        };
        let mut lines = self.head();
        lines.extend(self.words("Open this address on any device and enter the code:", Role::Title));
        lines.push(Line::default());
        lines.extend(self.words(sign_in.whole_address().unwrap_or_else(|| sign_in.address()), Role::Link));
        lines.push(Line::default());
        lines.extend(self.words(sign_in.user_code(), Role::Strong));
        lines.push(Line::default());
        lines.extend(self.words("Only enter a code that you asked for yourself.", Role::Dim));
        lines.extend([Line::default(), Line::styled("  Press Esc to go back", self.look.style(Role::Dim))]);
        let canceller = sign_in.canceller();
        self.wait(lines, sign_in.completed(), move || canceller.cancel()).await
    }

    fn not_possible(&mut self, error: &LoginError) -> Done {
        self.complain(&format!("{error}. With an API key (3) nothing else is needed."));
        Done::Back
    }

    /// Has the page of the ways say what went wrong, as a sentence.
    pub(super) fn complain(&mut self, text: &str) {
        let mut letters = text.chars();
        self.complaint = letters.next().map(|first| first.to_uppercase().chain(letters).collect());
    }

    async fn key(&mut self) -> Result<Done, TuiError> {
        let mut typed = String::new();
        let mut complaint: Option<String> = None;
        loop {
            let (lines, caret) = self.key_page(&typed, complaint.as_deref());
            show(self.screen, &lines, Some(caret))?;
            match happened(self.screen, self.ears).await {
                Happened::Leave => return Ok(Done::Left),
                Happened::Redraw => {}
                Happened::Paste(text) => {
                    complaint = None;
                    typed.extend(text.chars().filter(|c| !c.is_control()));
                }
                Happened::Key(key) => match key.code {
                    KeyCode::Esc => return Ok(Done::Back),
                    KeyCode::Backspace => _ = typed.pop(),
                    KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => typed.clear(),
                    KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
                        complaint = None;
                        typed.push(c);
                    }
                    KeyCode::Enter => match ApiKey::new(&typed) {
                        None => complaint = Some("Type or paste a key first.".to_owned()),
                        Some(key) => match self.login.save_api_key(&key).await {
                            Ok(()) => return self.signed_in("API key configured"),
                            Err(error) => complaint = Some(error.to_string()),
                        },
                    },
                    _ => {}
                },
            }
        }
    }

    fn key_page(&self, typed: &str, complaint: Option<&str>) -> (Vec<Line<'static>>, Position) {
        let columns = usize::from(self.screen.size().columns);
        let dim = self.look.style(Role::Dim);
        let inner = columns.saturating_sub(2).max(1);
        let mut lines = self.head();
        lines.push(Line::styled("> Use your own OpenAI API key, billed by use", self.look.style(Role::Strong)));
        lines.push(Line::default());
        lines.extend(self.words("Paste or type your key. It is kept on this machine, in auth.json, for you alone.", Role::Dim));
        lines.push(Line::default());
        let title = "API key";
        lines.push(Line::styled(format!("╭{title}{}╮", "─".repeat(inner.saturating_sub(title.len()))), dim));
        // The end of a long key is what is being typed.
        let shown: String = typed.chars().rev().take(inner.saturating_sub(1)).collect::<Vec<_>>().into_iter().rev().collect();
        let caret = Position::new(u16::try_from(1 + width(&shown)).unwrap_or(u16::MAX), u16::try_from(lines.len()).unwrap_or(u16::MAX));
        let text = if typed.is_empty() { Span::styled("Paste or type your API key", dim) } else { Span::raw(shown) };
        let rest = inner.saturating_sub(text.width());
        lines.push(Line::from(vec![Span::styled("│", dim), text, Span::raw(" ".repeat(rest)), Span::styled("│", dim)]));
        lines.push(Line::styled(format!("╰{}╯", "─".repeat(inner)), dim));
        if let Some(complaint) = complaint {
            lines.extend(self.words(complaint, Role::Failure));
        }
        lines.push(Line::styled("  Press Enter to save", dim));
        lines.push(Line::styled("  Press Esc to go back", dim));
        (lines, caret)
    }

    pub(super) fn signed_in(&mut self, words: &str) -> Result<Done, TuiError> {
        self.screen
            .print([Line::from(vec![Span::styled("✓ ", self.look.style(Role::Success)), Span::raw(words.to_owned())]), Line::default()]);
        show(self.screen, &[Line::default()], None)?;
        Ok(Done::SignedIn)
    }
}
