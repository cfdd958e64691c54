//! The program on a played terminal.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use codex_config::LoadOptions;
use codex_core::Runtime;
use codex_protocol::{Event, EventMsg, SubmissionId};
use tokio::sync::mpsc;

use super::super::clock;
use super::super::engine::{Engine, News, Played};
use super::super::run::app;
use super::super::setup::{Conversation, Launch, Surroundings};
use super::super::state::App;
use super::terminal::Tap;
use crate::terminal::keys::KeyParser;
use crate::terminal::{Habits, RowsKept, Screen, Size};

/// How a stage is set up.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) reflows: bool,
    pub(super) may_alternate: bool,
    pub(super) screen_reader: bool,
    /// Lines of `config.toml`.
    pub(super) config: String,
    /// Name of the working folder.
    pub(super) folder: String,
    pub(super) env: Vec<(&'static str, String)>,
    /// Files, by their path in the folder that holds `home`, `user` and the working folder.
    pub(super) files: Vec<(&'static str, &'static str)>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            columns: 80,
            rows: 24,
            reflows: false,
            may_alternate: true,
            screen_reader: false,
            config: String::new(),
            folder: "work".to_owned(),
            env: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// The program, and the other ends of everything it holds.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) news: mpsc::Receiver<News>,
    pub(super) played: mpsc::UnboundedReceiver<Played>,
    pub(super) parser: KeyParser,
    pub(super) tap: Tap,
    pub(super) folder: tempfile::TempDir,
    setting: Setting,
}

impl Stage {
    pub(super) fn new(setting: Setting) -> Self {
        let folder = tempfile::Builder::new().prefix("stage").tempdir().unwrap();
        for name in ["home", &setting.folder, "user"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let cwd = folder.path().join(&setting.folder);
        for name in ["a.rs", "b c.md", "日本.txt"] {
            std::fs::write(cwd.join(name), "text\n").unwrap();
        }
        for (path, text) in &setting.files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let config = format!(
            "model = \"gpt-5.4\"\nmodel_provider = \"mock\"\ncheck_for_update_on_startup = false\n{}\n[model_providers.mock]\nname = \"mock\"\n\
             base_url = \"http://127.0.0.1:9/v1\"\nwire_api = \"responses\"\n",
            setting.config
        );
        std::fs::write(folder.path().join("home/config.toml"), config).unwrap();
        let (app, news, played, tap) = open(&setting, &folder);
        Self { app, news, played, parser: KeyParser::default(), tap, folder, setting }
    }

    /// The program started again.
    pub(super) fn again(&mut self, columns: u16, rows: u16) {
        (self.setting.columns, self.setting.rows) = (columns, rows);
        self.app.engine.end();
        (self.app, self.news, self.played, self.tap) = open(&self.setting, &self.folder);
        self.parser = KeyParser::default();
    }

    /// Bytes come from the terminal.
    pub(super) fn type_bytes(&mut self, bytes: &[u8]) {
        for input in self.parser.feed(bytes) {
            self.app.input(input);
        }
        self.hear_news();
    }

    /// Nothing more comes for the moment.
    pub(super) fn rest(&mut self) {
        for input in self.parser.give_up() {
            self.app.input(input);
        }
        self.hear_news();
    }

    /// Time passes.
    pub(super) fn wait(&mut self, time: Duration) {
        clock::advance(time);
        if self.app.composer.next_deadline().is_some_and(|at| clock::now() >= at) {
            self.app.tick_composer();
        }
        self.hear_news();
    }

    /// What was done in the background is heard of.
    pub(super) fn hear_news(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            self.app.hear(news);
        }
    }

    /// The thread says something.
    pub(super) fn say(&mut self, number: u64, msg: EventMsg) {
        let event = Event { id: SubmissionId::new("0"), msg };
        self.app.hear(News::Event(number, Box::new(event)));
        self.hear_news();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.app.engine.end();
    }
}

type Opened = (App, mpsc::Receiver<News>, mpsc::UnboundedReceiver<Played>, Tap);

fn open(setting: &Setting, folder: &tempfile::TempDir) -> Opened {
    let path = |name: &str| folder.path().join(name);
    let options = LoadOptions { codex_home: path("home"), system_dir: path("none"), cwd: path(&setting.folder), ..LoadOptions::default() };
    let config = Arc::new(codex_config::load(&options).unwrap());
    let mut env: Vec<(&str, String)> = vec![("HOME", path("user").display().to_string()), ("TERM", "xterm-256color".to_owned())];
    env.extend(setting.env.iter().cloned());
    let runtime = Runtime {
        env: env.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        codex_exe: PathBuf::from("/nonexistent/codex"),
        shell: PathBuf::from("/bin/sh"),
        tmpdir: Some(path("user")),
        originator: "codex_test".to_owned(),
        user_agent: "test".to_owned(),
        source: serde_json::json!("cli"),
        version: "0.0.0".to_owned(),
    };
    let surroundings = Surroundings {
        runtime: Arc::new(runtime),
        log_folder: Arc::new(OnceLock::new()),
        stdin_is_terminal: true,
        stdout_is_terminal: true,
        open_browser: Arc::new(|_| false),
    };
    let launch = Launch {
        options,
        conversation: Conversation::New,
        place: None,
        prompt: None,
        images: Vec::new(),
        no_alt_screen: !setting.may_alternate,
        screen_reader: setting.screen_reader,
    };
    let tap = Tap::default();
    let size = Size::new(setting.columns, setting.rows);
    // The terminal of tests forgets its scrollback now and then.
    let habits = Habits { reflows: setting.reflows, rows: RowsKept::AsFarAsFit };
    let screen = Screen::new(Box::new(tap.clone()) as crate::terminal::Output, size, habits, setting.may_alternate);
    let composer = crate::start::composer_options(&config).unwrap();
    let (engine, news, played) = Engine::played();
    (app(launch, surroundings, config, screen, composer, engine), news, played, tap)
}
