//! What is told outside the screen: the title of the terminal, and notifications while nobody looks.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use codex_config::schema::{NotificationMethod, Notifications, TuiToml};

use super::state::App;
use crate::terminal::{Method, notification};

/// Time between two titles of a running turn.
const TURN: Duration = Duration::from_secs(1);
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// Title and notifications.
#[derive(Debug)]
pub(crate) struct Teller {
    folder: String,
    title: String,
    turned: Instant,
    frame: usize,
    method: Method,
    on: Notifications,
    /// `Some(false)` once the terminal said that it lost the focus.
    pub(crate) focused: Option<bool>,
}

impl Teller {
    pub(crate) fn new(settings: &TuiToml, folder: &str, terminal: Method) -> Self {
        let method = match settings.notification_method.unwrap_or_default() {
            NotificationMethod::Auto => terminal,
            NotificationMethod::Osc9 => Method::Osc9,
            NotificationMethod::Bel => Method::Bell,
        };
        let on = settings.notifications.clone().unwrap_or(Notifications::Switch(true));
        let folder: String = folder.chars().filter(|c| !c.is_control()).take(60).collect();
        Self { folder, title: String::new(), turned: Instant::now(), frame: 0, method, on, focused: None }
    }

    /// Sets the title where it changed.
    pub(crate) fn retitle(&mut self, out: &mut impl Write, running: bool, animated: bool) -> io::Result<()> {
        if running && self.turned.elapsed() >= TURN {
            self.turned = Instant::now();
            self.frame = if animated { (self.frame + 1) % FRAMES.len() } else { 0 };
        }
        let title = if running { format!("{} {}", FRAMES[self.frame], self.folder) } else { self.folder.clone() };
        if title == self.title {
            return Ok(());
        }
        out.write_all(format!("\x1b]0;{title}\x1b\\").as_bytes())?;
        self.title = title;
        out.flush()
    }

    fn wants(&self, kind: &str) -> bool {
        let on = match &self.on {
            Notifications::Switch(on) => *on,
            Notifications::Only(kinds) => kinds.iter().any(|name| name == kind),
        };
        on && self.focused == Some(false)
    }
}

impl App {
    /// Notifies of something of a kind, when nobody looks and the user wants to know.
    pub(crate) fn tell(&mut self, kind: &str, text: &str) {
        if self.teller.wants(kind) {
            let bytes = notification(self.teller.method, text);
            let out = self.screen.out();
            // A terminal that is gone is found out by the next frame.
            let _ = out.write_all(&bytes).and_then(|()| out.flush());
        }
    }
}
