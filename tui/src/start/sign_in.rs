//! Signing in, when the provider wants it and nobody is: with a browser, with a code on another
//! device, or with an API key; or not at all, with a model on this machine.

use codex_config::Config;
use codex_login::{Account, ApiKey, Login, LoginError};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::text::{Line, Span};

use super::page::{Happened, happened, show};
use super::sign_in_pages as pages;
use crate::app::{Ears, Launch, Surroundings, TuiError, first_look};
use crate::modal::Page;
use crate::terminal::{Output, Screen};
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
    let look = first_look(config, surroundings, launch.screen_reader);
    let open_browser = std::sync::Arc::clone(&surroundings.open_browser);
    let mut ways = Ways { login: login(config, surroundings), look, open_browser, screen, ears, complaint: None };
    let mut choices = pages::choices();
    loop {
        let size = ways.screen.size();
        let page = pages::ways(&choices, ways.complaint.as_deref(), (size.columns, size.rows), &ways.look);
        show(ways.screen, &page)?;
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
    /// Waits for a sign-in that goes on elsewhere, with a page that Esc leaves.
    async fn wait(
        &mut self,
        page: impl Fn(u16, &Look) -> Page<'_>,
        work: impl Future<Output = Result<Account, LoginError>>,
        stop: impl Fn(),
    ) -> Result<Done, TuiError> {
        tokio::pin!(work);
        loop {
            show(self.screen, &page(self.screen.size().columns, &self.look))?;
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
        let opened = (self.open_browser)(sign_in.url());
        let url = sign_in.url().to_owned();
        let canceller = sign_in.canceller();
        self.wait(move |columns, look| pages::browser(&url, opened, columns, look), sign_in.completed(), move || canceller.cancel()).await
    }

    async fn device(&mut self) -> Result<Done, TuiError> {
        let sign_in = match self.login.start_device().await {
            Ok(sign_in) => sign_in,
            Err(error) => return Ok(self.not_possible(&error)),
        };
        let (address, code) = (sign_in.whole_address().unwrap_or_else(|| sign_in.address()).to_owned(), sign_in.user_code().to_owned());
        let canceller = sign_in.canceller();
        self.wait(move |columns, look| pages::device(&address, &code, columns, look), sign_in.completed(), move || canceller.cancel()).await
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
            let page = pages::key(&typed, complaint.as_deref(), self.screen.size().columns, &self.look);
            show(self.screen, &page)?;
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

    pub(super) fn signed_in(&mut self, words: &str) -> Result<Done, TuiError> {
        self.screen
            .print([Line::from(vec![Span::styled("✓ ", self.look.style(Role::Success)), Span::raw(words.to_owned())]), Line::default()]);
        show(self.screen, &Page::new(self.screen.size().columns, &self.look))?;
        Ok(Done::SignedIn)
    }
}
