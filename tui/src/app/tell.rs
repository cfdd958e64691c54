//! Notifications while nobody looks: by the terminal, or by a program of the user's own.

use std::ffi::OsStr;
use std::io::Write;
use std::process::Stdio;

use codex_config::Config;
use codex_config::schema::{NotificationMethod, Notifications, TuiToml};
use codex_core::Runtime;

use super::engine::{Found, News};
use super::setup::TuiError;
use super::state::App;
use crate::chat::Notice;
use crate::terminal::{Method, clean_notification, notification};

/// What is told of, by its name in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A turn ended by itself.
    TurnEnded,
    /// A person is asked whether something may be done.
    Approval,
    /// The model asks the user something.
    Question,
    /// A plan waits for a yes.
    Plan,
}

impl Happening {
    const ALL: [Self; 4] = [Self::TurnEnded, Self::Approval, Self::Question, Self::Plan];

    fn name(self) -> &'static str {
        match self {
            Self::TurnEnded => "agent-turn-complete",
            Self::Approval => "approval-requested",
            Self::Question => "user-input-requested",
            Self::Plan => "plan-mode-prompt",
        }
    }
}

/// How it is told.
#[derive(Clone, Debug)]
enum Way {
    Terminal(Method),
    Program(Vec<String>),
}

/// What notifications are sent, and how.
#[derive(Debug)]
pub(crate) struct Teller {
    way: Way,
    in_tmux: bool,
    on: Notifications,
    /// `Some(false)` once the terminal said that it lost the focus.
    pub(crate) focused: Option<bool>,
    /// The program failed once, which was said.
    complained: bool,
}

impl Teller {
    pub(crate) fn new(settings: &TuiToml, runtime: &Runtime) -> Self {
        let text = |name: &str| runtime.env_text(name).unwrap_or_default();
        let terminal = Method::of_terminal(text("TERM"), text("TERM_PROGRAM"));
        let way = match settings.notification_method.unwrap_or_default() {
            NotificationMethod::Auto => Way::Terminal(terminal),
            NotificationMethod::Osc9 => Way::Terminal(Method::Osc9),
            NotificationMethod::Osc777 => Way::Terminal(Method::Osc777),
            NotificationMethod::Bel => Way::Terminal(Method::Bell),
            NotificationMethod::Command => Way::Program(settings.notification_command.clone().unwrap_or_default()),
        };
        let on = settings.notifications.clone().unwrap_or(Notifications::Switch(true));
        Self { way, in_tmux: !text("TMUX").is_empty(), on, focused: None, complained: false }
    }

    fn wants(&self, what: Happening) -> bool {
        let on = match &self.on {
            Notifications::Switch(on) => *on,
            Notifications::Only(names) => names.iter().any(|name| name == what.name()),
        };
        on && self.focused == Some(false)
    }
}

/// Whether what the settings say of notifications can be done.
///
/// # Errors
/// When a program is to be started and none is named.
pub(crate) fn check(config: &Config) -> Result<(), TuiError> {
    let settings = config.keys.tui.clone().unwrap_or_default();
    let has_program = settings.notification_command.is_some_and(|argv| argv.first().is_some_and(|program| !program.is_empty()));
    if settings.notification_method == Some(NotificationMethod::Command) && !has_program {
        let file = config.codex_home.join("config.toml");
        let why = "`tui.notification_method` is `command`: name the program in `tui.notification_command`";
        return Err(TuiError::Config(format!("Invalid configuration: {why}\nin {}", file.display())));
    }
    Ok(())
}

/// Names in the settings that are none of a notification, in words.
pub(crate) fn unknown_names(settings: &TuiToml) -> Option<String> {
    let Some(Notifications::Only(names)) = &settings.notifications else { return None };
    let known = Happening::ALL.map(Happening::name);
    let unknown: Vec<String> = names.iter().filter(|name| !known.contains(&name.as_str())).map(|name| format!("`{name}`")).collect();
    (!unknown.is_empty()).then(|| format!("`tui.notifications` names what is none: {}; there are {}", unknown.join(", "), known.join(", ")))
}

impl App {
    /// Notifies of something, when nobody looks and the user wants to know.
    pub(crate) fn tell(&mut self, what: Happening, text: &str) {
        if !self.teller.wants(what) {
            return;
        }
        match self.teller.way.clone() {
            Way::Terminal(method) => {
                let bytes = notification(method, text, self.teller.in_tmux);
                let out = self.screen.out();
                // A terminal that is gone is found out by the next frame.
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
            }
            Way::Program(argv) => self.tell_by_program(argv, clean_notification(text)),
        }
    }

    fn tell_by_program(&mut self, argv: Vec<String>, text: String) {
        let Some((program, arguments)) = argv.split_first() else { return };
        let env = self.surroundings.runtime.outside_env(&self.config.cwd);
        // A relative path is one from the home of this program: one from the working folder would be the repository's.
        let file = match program.contains('/') {
            true => Some(self.config.codex_home.join(program)),
            false => env.get(OsStr::new("PATH")).and_then(|path| codex_core::find_program(OsStr::new(program), path)),
        };
        let Some(file) = file else {
            self.program_failed("it was not found outside of the workspace");
            return;
        };
        let mut command = tokio::process::Command::new(file);
        command.args(arguments).arg(text).env_clear().envs(env).current_dir(&self.config.codex_home);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let news = self.engine.news();
        self.engine.spawn(async move {
            let why = match command.status().await {
                Ok(status) if status.success() => return,
                Ok(status) => format!("it ended with {status}"),
                Err(error) => error.to_string(),
            };
            // The loop is gone when nobody takes it.
            let _ = news.send(News::Found(Found::Ask(Box::new(move |app: &mut Self| app.program_failed(&why))))).await;
        });
    }

    /// Says once that the program does not work.
    fn program_failed(&mut self, why: &str) {
        if !std::mem::replace(&mut self.teller.complained, true) {
            self.note(Notice::Warning, &format!("The program of `tui.notification_command` did not work: {why}"));
        }
    }
}
