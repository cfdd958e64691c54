//! Everything the loop knows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use codex_config::Config;
use codex_protocol::mode::ModeKind;
use codex_protocol::{Op, ThreadId};
use tokio::sync::mpsc;

use super::elsewhere::Server;
use super::engine::{Beginning, Engine, Opener};
use super::setup::Launch;
use super::setup::Surroundings;
use super::tell::Teller;
use crate::chat::Notice;
use crate::chat::{Chat, Facts};
use crate::composer::Composer;
use crate::modal::list::{List, ListQuestion, Preview};
use crate::modal::{Choice, Menu, Modal, Prompt};
use crate::terminal::{Output, Screen};

/// What a menu or a prompt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// A row.
    Row(usize),
    /// Rows, in their order.
    Rows(Vec<usize>),
    /// A line.
    Text(String),
    /// Nothing.
    Nothing,
}

/// What follows a menu or a prompt.
pub(crate) type Then = Box<dyn FnOnce(&mut App, Chosen) + Send>;

/// A question that is shown, or waits to be.
pub(crate) struct Asked {
    pub(crate) modal: Box<dyn Modal>,
    /// What follows when a row was chosen; questions of the thread are answered to it.
    pub(crate) then: Option<Then>,
}

/// The program while it shows its screen.
pub(crate) struct App {
    pub(crate) launch: Launch,
    pub(crate) surroundings: Surroundings,
    pub(crate) config: Arc<Config>,
    pub(crate) engine: Engine,
    pub(crate) screen: Screen<Output>,
    pub(crate) composer: Composer,
    pub(crate) chat: Chat,
    /// The first is shown.
    pub(crate) asked: VecDeque<Asked>,
    pub(crate) overlay: Option<Box<dyn super::overlays::Whole>>,
    /// Number of the thread whose words count.
    pub(crate) number: u64,
    pub(crate) ops: mpsc::UnboundedSender<Op>,
    /// The server that threads run at; `None` for this process.
    pub(crate) server: Option<Arc<Server>>,
    /// What became of the thread.
    pub(crate) link: Link,
    /// The thread, once it is there.
    pub(crate) live: Option<codex_core::Thread>,
    /// Threads that were told to end and have not.
    pub(crate) ending: usize,
    pub(crate) teller: Teller,
    pub(crate) title: super::title::Title,
    /// What the title of the terminal shows.
    pub(crate) title_items: Vec<String>,
    /// What the status line shows.
    pub(crate) items: Vec<String>,
    pub(crate) animated: bool,
    /// Esc was pressed once: another one goes back to an earlier message.
    pub(crate) escape_armed: bool,
    /// What is to be said once turns were taken back.
    pub(crate) after_rollback: Option<(Notice, String)>,
    /// A turn was asked to end, and what waits goes on after it.
    pub(crate) interrupting: bool,
    pub(crate) dirty: bool,
    pub(crate) drawn: Instant,
    pub(crate) leaving: Option<u8>,
    /// Lines for the shell's screen at the end.
    pub(crate) last_words: Vec<String>,
    pub(crate) wants: Option<Want>,
    /// How the model works with the user.
    pub(crate) mode: ModeKind,
    /// The session that is chosen is copied.
    pub(crate) forking: bool,
    /// Sessions of programs without a screen are listed too.
    pub(crate) lists_others: bool,
    /// A plan was proposed in the running turn.
    pub(crate) proposed: bool,
    /// What was denied in this run, the latest last.
    pub(crate) denied: Vec<codex_protocol::event::Denial>,
    /// The session file of the thread.
    pub(crate) rollout: Option<std::path::PathBuf>,
    /// Images from the clipboard, as files.
    pub(crate) pasted: Option<tempfile::TempDir>,
    pub(crate) files: Option<Arc<std::sync::Mutex<crate::composer::files::FileFinder>>>,
    /// Prompts behind `/`, as they were listed last.
    pub(crate) prompts: super::prompts::Prompts,
    /// What is known of skills.
    pub(crate) skills: super::skills::KnownSkills,
    /// Number of the newest question for files.
    pub(crate) newest_query: Arc<std::sync::atomic::AtomicU64>,
}

/// Whether there is a thread to talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is being opened; what is handed in is served when it is there.
    Opening,
    /// It is there.
    Open,
    /// It could not be opened, or the way to it is gone.
    Gone,
}

/// What the loop has to do that nobody else can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Stop for the shell.
    Stop,
    /// The program was stopped and goes on: the modes are not ours any more.
    GoOn,
    /// The text in an editor of its own.
    Editor,
}

impl App {
    /// Asks the thread for something.
    pub(crate) fn submit(&mut self, op: Op) {
        if self.ops.send(op).is_err() {
            self.chat.note(Notice::Error, &self.way_back());
        }
    }

    /// What a person does who has no thread to talk to.
    pub(crate) fn way_back(&self) -> String {
        match &self.server {
            None => "There is no thread to talk to: /new begins one, /resume goes on with an earlier one.".to_owned(),
            Some(server) => format!("There is no connection to {}: /reconnect tries again.", server.address()),
        }
    }

    /// How threads are opened.
    pub(crate) fn opener(&self) -> Opener {
        let runtime = Arc::clone(&self.surroundings.runtime);
        Opener { config: Arc::clone(&self.config), runtime, server: self.server.clone() }
    }

    /// Another thread takes the place of the present one.
    pub(crate) fn open(&mut self, beginning: Beginning) {
        self.number += 1;
        self.ending += 1;
        self.link = Link::Opening;
        self.live = None;
        // The present thread ends when the last sender of its requests is gone.
        self.ops = self.engine.open(self.number, beginning, self.opener());
        self.asked.clear();
        self.escape_armed = false;
        self.interrupting = false;
        self.composer.set_running(false);
    }

    /// The facts of a session that has not begun.
    pub(crate) fn facts(config: &Config, surroundings: &Surroundings) -> Facts {
        let runtime = &surroundings.runtime;
        Facts {
            model: config.model.clone(),
            provider: (config.provider.id.clone(), config.provider.base_url.clone()),
            effort: config.effort,
            mode_effort: None,
            cwd: config.cwd.clone(),
            home: runtime.env_text("HOME").filter(|home| !home.is_empty()).map(Into::into),
            version: runtime.version.clone(),
            thread: None,
            name: None,
            approval: config.approval_policy,
            sandbox: config.sandbox_policy.clone(),
            usage: None,
            used_before: codex_protocol::TokenUsage::default(),
            limits: None,
            overflowed: false,
            branch: None,
            remote: None,
            cost: crate::chat::Cost::new(config.keys.tui.as_ref().map(|tui| tui.prices.clone()).unwrap_or_default()),
        }
    }

    /// Shows a question, or lets it wait behind the one that is shown.
    pub(crate) fn ask(&mut self, modal: Box<dyn Modal>, then: Option<Then>) {
        self.asked.push_back(Asked { modal, then });
        self.dirty = true;
    }

    /// Shows a menu; `then` is handed the number of the row, and nothing happens when none is chosen.
    pub(crate) fn menu(
        &mut self,
        title: &str,
        about: &str,
        choices: Vec<Choice>,
        selected: usize,
        then: impl FnOnce(&mut Self, usize) + Send + 'static,
    ) {
        let menu = Menu::new(title, about, choices, selected);
        let then = move |app: &mut Self, chosen: Chosen| {
            if let Chosen::Row(row) = chosen {
                then(app, row);
            }
        };
        self.ask(Box::new(menu), Some(Box::new(then)));
    }

    /// Shows a list; what is done with it is handed to `then`, also when it was closed without a choice.
    pub(crate) fn list(&mut self, list: List, preview: Option<Preview>, then: impl FnOnce(&mut Self, Chosen) + Send + 'static) {
        let question = ListQuestion::new(list, self.composer.keymap().clone(), self.chat.look(), preview);
        self.ask(Box::new(question), Some(Box::new(then)));
    }

    /// Asks for a line of text.
    pub(crate) fn prompt(&mut self, title: &str, hint: &str, text: &str, then: impl FnOnce(&mut Self, String) + Send + 'static) {
        let then = move |app: &mut Self, chosen: Chosen| {
            if let Chosen::Text(text) = chosen {
                then(app, text);
            }
        };
        self.ask(Box::new(Prompt::new(title, hint, text)), Some(Box::new(then)));
    }

    /// Adds a line of news.
    pub(crate) fn note(&mut self, kind: Notice, text: &str) {
        self.chat.note(kind, text);
        self.dirty = true;
    }

    /// The thread's id, once it is there.
    pub(crate) fn thread(&self) -> Option<ThreadId> {
        self.chat.facts.thread
    }

    /// Ends the program with a code.
    pub(crate) fn leave(&mut self, code: u8) {
        self.leaving.get_or_insert(code);
    }
}
