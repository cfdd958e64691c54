//! From the first frame to the exit code.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_config::Config;
use tokio::sync::mpsc;

use super::clock;
use super::commands;
use super::elsewhere::Server;
use super::engine::{Beginning, Engine, Found, News, Opener};
use super::setup::{Conversation, Exit, Launch, Surroundings, TuiError};
use super::state::{App, Link, Want};
use super::tell::{self, Teller};
use super::{footer, look, title};
use crate::chat::{Chat, Notice};
use crate::composer::{Composer, ComposerOptions, Draft};
use crate::overlay::picker::PickerOrigin;
use crate::start;
use crate::terminal::input::Keyboard;
use crate::terminal::keys::KeyParser;
use crate::terminal::{
    Ended, Modes, Output, Screen, Signals, Size, are_ours, come_back, come_back_after_stop, restore_on_panic, standard_output, step_aside,
    stop_and_wait, wait_for_foreground,
};

/// How long threads may take to write what they have, once the program is to end.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// What the loop listens to.
pub(crate) struct Ears {
    pub(crate) keyboard: Keyboard,
    pub(crate) parser: KeyParser,
    /// When what the parser holds is taken for what it is.
    pub(crate) give_up: Option<Instant>,
    pub(crate) signals: Signals,
    /// What was typed ahead and nobody took yet.
    pub(crate) typed: VecDeque<crate::terminal::keys::Input>,
    /// The exit code, when a page before the first thread is left.
    pub(crate) left_with: u8,
}

impl Ears {
    /// Starts to listen. Must be called inside a runtime.
    fn open() -> Result<Self, TuiError> {
        Ok(Self {
            keyboard: Keyboard::start().map_err(TuiError::terminal("cannot read the terminal"))?,
            parser: KeyParser::default(),
            give_up: None,
            signals: Signals::listen().map_err(TuiError::terminal("cannot listen for signals"))?,
            typed: VecDeque::new(),
            left_with: 0,
        })
    }

    /// Takes bytes apart.
    pub(crate) fn parse(&mut self, bytes: &[u8]) -> Vec<crate::terminal::keys::Input> {
        let inputs = self.parser.feed(bytes);
        self.give_up = self.parser.patience().map(|patience| Instant::now() + patience);
        inputs
    }

    /// Nothing more came.
    pub(crate) fn given_up(&mut self) -> Vec<crate::terminal::keys::Input> {
        self.give_up = None;
        self.parser.give_up()
    }
}

/// Shows the screen until it is left. Needs a runtime with time, I/O and signals; returns the exit code.
///
/// # Errors
/// When there is no screen; the text is the whole message and the exit code is 1.
pub async fn run(launch: Launch, surroundings: Surroundings) -> Result<Exit, TuiError> {
    start::check_terminal(&surroundings)?;
    let config = load(&launch, &surroundings)?;
    let composer = start::composer_options(&config)?;
    tell::check(&config)?;
    let mut out = std::io::stdout();
    restore_on_panic();
    let modes = Modes::enter(&mut out).map_err(TuiError::terminal("cannot use the terminal"))?;
    let outcome = on_screen(launch, surroundings, config, composer).await;
    let left = modes.leave(&mut out);
    let Outcome { exit, words, update } = outcome?;
    left.map_err(TuiError::terminal("cannot write to the terminal"))?;
    if let Some(argv) = update {
        return Ok(updated(&argv).await);
    }
    for line in words {
        // The reader of the last words may be gone.
        let _ = writeln!(out, "{line}");
    }
    Ok(exit)
}

fn load(launch: &Launch, surroundings: &Surroundings) -> Result<Arc<Config>, TuiError> {
    let config = codex_config::load(&launch.options).map_err(|error| TuiError::Config(error.to_string()))?;
    // Somebody may have set it before; then it stays.
    let _ = surroundings.log_folder.set(config.log_dir.clone());
    Ok(Arc::new(config))
}

fn screen(launch: &Launch, surroundings: &Surroundings, config: &Config) -> Screen<Output> {
    let habits = look::habits(&surroundings.runtime);
    let may_alternate = !launch.no_alt_screen && look::may_alternate(config, &surroundings.runtime);
    Screen::new(standard_output(), size(), habits, may_alternate)
}

/// The terminal's size; the usual one where it does not say.
pub(crate) fn size() -> Size {
    let told = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
    told.map_or(Size::new(80, 24), |size| Size::new(size.ws_col, size.ws_row))
}

async fn on_screen(
    launch: Launch,
    surroundings: Surroundings,
    config: Arc<Config>,
    composer: ComposerOptions,
) -> Result<Outcome, TuiError> {
    let mut ears = Ears::open()?;
    let mut screen = screen(&launch, &surroundings, &config);
    let asked = start::before_the_first_thread(&launch, &surroundings, config, &mut screen, &mut ears).await?;
    let config = match asked {
        start::Ready::Go(config) => config,
        start::Ready::Leave(code) => {
            screen.close().map_err(TuiError::terminal("cannot draw"))?;
            return Ok(Outcome { exit: Exit { code }, words: Vec::new(), update: None });
        }
        start::Ready::Update(argv) => {
            screen.close().map_err(TuiError::terminal("cannot draw"))?;
            return Ok(Outcome { exit: Exit { code: 0 }, words: Vec::new(), update: Some(argv) });
        }
    };
    let (engine, mut news) = Engine::start().map_err(TuiError::terminal("cannot start a thread"))?;
    let mut app = app(launch, surroundings, config, screen, composer, engine);
    let told = app.main_loop(&mut ears, &mut news).await;
    app.hand_over();
    let closed = app.screen.close();
    let words = app.farewell().into_iter().chain(std::mem::take(&mut app.last_words)).collect();
    app.end(&mut news).await;
    told.and(closed).map_err(TuiError::terminal("cannot draw"))?;
    Ok(Outcome { exit: Exit { code: app.leaving.unwrap_or(0) }, words, update: None })
}

/// How the screen was left.
struct Outcome {
    exit: Exit,
    /// Lines for the shell's screen.
    words: Vec<String>,
    /// What is run in the place of this program.
    update: Option<Vec<String>>,
}

/// Runs the command that updates this program, with the terminal as it was before.
async fn updated(argv: &[String]) -> Exit {
    let Some((program, arguments)) = argv.split_first() else { return Exit { code: 1 } };
    // It talks to the user on this very terminal.
    let code = match tokio::process::Command::new(program).args(arguments).status().await {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "Error: cannot run `{program}`: {error}");
            1
        }
    };
    Exit { code }
}

/// The program with its first thread asked for.
pub(super) fn app(
    launch: Launch,
    surroundings: Surroundings,
    config: Arc<Config>,
    screen: Screen<Output>,
    composer: ComposerOptions,
    engine: Engine,
) -> App {
    let settings = config.keys.tui.clone().unwrap_or_default();
    let runtime = Arc::clone(&surroundings.runtime);
    let server = launch.place.clone().map(|place| Arc::new(Server::new(place, &runtime)));
    let mut facts = App::facts(&config, &surroundings);
    facts.remote = server.as_ref().map(|server| server.address().to_owned());
    let flat = launch.screen_reader || settings.screen_reader == Some(true);
    let look = look::look(&config, &runtime, flat);
    let mut chat = Chat::new(facts.clone(), look, screen.size().columns, config.hide_agent_reasoning);
    if let Some(fault) = look::theme_fault(&config) {
        chat.note(Notice::Warning, &fault);
    }
    if let Some(fault) = tell::unknown_names(&settings) {
        chat.note(Notice::Warning, &fault);
    }
    if server.is_none() {
        chat.add_all(start::banner(&config, &runtime, &facts));
    }
    let composer = Composer::new(ComposerOptions {
        placeholder: start::placeholder().to_owned(),
        commands: commands::entries(server.as_deref()),
        cwd: config.cwd.clone(),
        home: facts.home.clone(),
        ..composer
    });
    let names = |chosen: &Option<Vec<String>>, usual: &[&str]| {
        chosen.clone().unwrap_or_else(|| usual.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    };
    let (items, title_items) = (names(&settings.status_line, footer::USUAL), names(&settings.terminal_title, title::USUAL));
    let teller = Teller::new(&settings, &runtime);
    let beginning = match &launch.conversation {
        Conversation::Resume(stored) => Beginning::Resume(stored.clone()),
        Conversation::Fork(stored) => Beginning::Fork(stored.clone()),
        Conversation::New | Conversation::Choose { .. } => Beginning::New,
    };
    let ops = engine.open(1, beginning, Opener { config: Arc::clone(&config), runtime, server: server.clone() });
    let mut app = App {
        teller,
        title: title::Title::new(),
        title_items,
        animated: settings.animations.unwrap_or(true) && !flat,
        launch,
        surroundings,
        config,
        engine,
        screen,
        composer,
        chat,
        asked: VecDeque::new(),
        overlay: None,
        number: 1,
        ops,
        server,
        link: Link::Opening,
        live: None,
        ending: 1,
        items,
        escape_armed: false,
        after_rollback: None,
        interrupting: false,
        dirty: true,
        drawn: clock::now(),
        leaving: None,
        last_words: Vec::new(),
        wants: None,
        mode: codex_protocol::mode::ModeKind::default(),
        forking: false,
        lists_others: false,
        proposed: false,
        denied: Vec::new(),
        rollout: None,
        pasted: None,
        files: None,
        prompts: super::prompts::Prompts::default(),
        skills: super::skills::KnownSkills::default(),
        newest_query: Arc::default(),
    };
    if let Conversation::Choose { fork, all, include_non_interactive } = app.launch.conversation {
        app.lists_others = include_non_interactive;
        app.choose_session(fork, all, PickerOrigin::Start);
    }
    app.say_first();
    app.find_branch();
    app.refresh_version();
    app
}

impl App {
    /// What the command line said.
    fn say_first(&mut self) {
        let prompt = self.launch.prompt.take().unwrap_or_default();
        let images = std::mem::take(&mut self.launch.images);
        if prompt.trim().is_empty() && images.is_empty() {
            return;
        }
        if images.is_empty() {
            self.send(&Draft::plain(&prompt));
            return;
        }
        for image in images {
            self.composer.attach_image(image);
        }
        if prompt.trim().is_empty() {
            return;
        }
        self.composer.insert_text(&prompt);
        let draft = self.composer.draft();
        self.composer.set_text("");
        self.send(&draft);
    }

    /// Finds out behind the first frame which version is the newest.
    fn refresh_version(&self) {
        let (config, runtime) = (Arc::clone(&self.config), Arc::clone(&self.surroundings.runtime));
        self.engine.spawn(async move { start::refresh_version(&config, &runtime).await });
    }

    /// Looks up the branch, where it is shown.
    pub(crate) fn find_branch(&mut self) {
        if self.items.iter().chain(&self.title_items).any(|item| item == "git-branch") {
            let cwd = self.config.cwd.clone();
            self.engine.find(move || Some(Found::Branch(codex_git::find_root(&cwd).and_then(|root| codex_git::facts(&root).branch))));
        }
    }

    async fn main_loop(&mut self, ears: &mut Ears, news: &mut mpsc::Receiver<News>) -> std::io::Result<()> {
        self.draw()?;
        for input in std::mem::take(&mut ears.typed) {
            self.input(input);
        }
        while self.leaving.is_none() {
            let urgent = self.wait(ears, news).await;
            if let Some(want) = self.wants.take() {
                self.step_aside(want, ears).await?;
            }
            if self.frame_is_due(urgent) {
                // The signal may be on its way still, and what is drawn now is drawn for the size there is.
                let size = size();
                if size != self.screen.size() {
                    self.resized(size);
                }
                self.draw()?;
            }
        }
        Ok(())
    }

    /// Waits for what is next; returns whether a person waits for the answer.
    async fn wait(&mut self, ears: &mut Ears, news: &mut mpsc::Receiver<News>) -> bool {
        let composer = self.composer.next_deadline();
        let listens = self.listens();
        let next = [self.next_wake(), ears.give_up].into_iter().flatten().min();
        tokio::select! {
            biased;
            signal = ears.signals.next() => self.signal(signal),
            bytes = ears.keyboard.next() => {
                match bytes {
                    Some(bytes) => ears.parse(&bytes).into_iter().for_each(|input| self.input(input)),
                    // The terminal is gone.
                    None => self.leave(129),
                }
                return true;
            }
            heard = news.recv(), if listens => {
                if let Some(heard) = heard {
                    self.hear(heard);
                    // Whatever came together is drawn together.
                    while let Ok(more) = news.try_recv() {
                        self.hear(more);
                    }
                }
            }
            () = at(next) => {
                let now = Instant::now();
                if ears.give_up.is_some_and(|at| now >= at) {
                    ears.given_up().into_iter().for_each(|input| self.input(input));
                    return true;
                }
                if composer.is_some_and(|at| now >= at) {
                    self.tick_composer();
                    return true;
                }
            }
        }
        false
    }

    fn signal(&mut self, signal: Ended) {
        match signal {
            Ended::By(number) => self.leave(128 + number),
            Ended::Stop => self.wants = Some(Want::Stop),
            Ended::GoneOn if are_ours() => {}
            Ended::GoneOn => self.wants = Some(Want::GoOn),
            Ended::Resize => self.resized(size()),
        }
    }

    fn resized(&mut self, size: Size) {
        self.screen.resize(size);
        self.chat.set_width(size.columns);
        self.dirty = true;
    }

    /// Gives the terminal to somebody else for a while.
    async fn step_aside(&mut self, want: Want, ears: &mut Ears) -> std::io::Result<()> {
        if want == Want::GoOn {
            // Nobody asked us before the stop; what the shell wrote since stands where our rows were.
            ears.keyboard.pause();
            wait_for_foreground().await;
            self.overlay = None;
            self.screen.take_whole(false)?;
            come_back_after_stop(self.screen.out())?;
        } else {
            self.overlay = None;
            self.screen.take_whole(false)?;
            self.hand_over();
            self.screen.close()?;
            ears.keyboard.pause();
            step_aside(self.screen.out())?;
            match want {
                Want::Editor => self.edit_elsewhere().await,
                Want::Stop | Want::GoOn => stop_and_wait().await,
            }
            come_back(self.screen.out())?;
        }
        ears.keyboard.resume();
        let size = size();
        self.screen.begin_anew(size);
        self.chat.set_width(size.columns);
        self.dirty = true;
        Ok(())
    }

    /// Ends every thread, and waits for what they have to write.
    async fn end(&mut self, news: &mut mpsc::Receiver<News>) {
        let (nobody, _) = mpsc::unbounded_channel();
        self.ops = nobody;
        let all_gone = async {
            while self.ending > 0 {
                match news.recv().await {
                    Some(News::Gone | News::Opened(_, Err(_))) => self.ending -= 1,
                    Some(_) => {}
                    None => break,
                }
            }
        };
        if tokio::time::timeout(LAST_WRITES, all_gone).await.is_err() {
            tracing::warn!("a thread did not end in time");
        }
        self.engine.end();
    }
}

/// Waits for a moment; for ever when there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
