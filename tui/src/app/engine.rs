//! The threads of the agent, on a thread of their own.
//!
//! What is asked of them goes through channels and never waits; what they say comes back through one channel, each word with
//! the number of the thread it belongs to, so that the last words of a thread that was left are not taken for another's.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use codex_config::Config;
use codex_core::{Runtime, StartOptions, Thread, ThreadManager};
use codex_protocol::op::ReasoningEffort;
use codex_protocol::{Event, EventMsg, Op};
use codex_state::{Outline, Start};
use tokio::sync::{mpsc, oneshot};

use super::elsewhere::Server;
use super::setup::Stored;

/// Events that may wait for the loop. A thread merges pieces of a reader that is behind.
const WAITING: usize = 256;

/// What comes from outside the terminal.
#[derive(Debug)]
pub(crate) enum News {
    /// A thread is there, or cannot be.
    Opened(u64, Result<Box<Opened>, String>),
    /// A thread said something.
    Event(u64, Box<Event>),
    /// The connection to a thread elsewhere broke.
    Lost(u64),
    /// A thread ended.
    Gone,
    /// Something found out in the background.
    Found(Found),
}

/// Something to be done by the loop.
pub(crate) type Later = Box<dyn FnOnce(&mut super::App) + Send>;

/// What was found out in the background.
pub(crate) enum Found {
    /// Files for `@`.
    Files(crate::composer::files::FileHits),
    /// The branch of the repository.
    Branch(Option<String>),
    /// What a piece of work came to, as lines for the conversation.
    Note(crate::chat::Notice, String),
    /// A cell for the conversation.
    Cell(Arc<dyn crate::cells::Cell>),
    /// Lines for a pager.
    Pager(&'static str, Vec<ratatui::text::Line<'static>>),
    /// What came of a job of the picker.
    Picked(crate::overlay::picker::Answer),
    /// Something is to be asked.
    Ask(Later),
    /// The credentials are forgotten, or could not be.
    SignedOut(Result<(), String>),
    /// The thread was named.
    Named(String),
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Found")
    }
}

/// A thread and what was said in it before.
pub(crate) struct Opened {
    pub(crate) thread: Thread,
    pub(crate) past: Vec<EventMsg>,
    pub(crate) name: Option<String>,
    /// What a server said of the thread, where one did.
    pub(crate) told: Option<Told>,
}

/// What a server says of a thread: settings that are its own.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) model: String,
    pub(crate) effort: Option<ReasoningEffort>,
    pub(crate) provider: String,
    pub(crate) cwd: PathBuf,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("thread", &self.thread).field("past", &self.past.len()).finish()
    }
}

/// How a thread begins.
#[derive(Clone, Debug)]
pub(crate) enum Beginning {
    New,
    Resume(Stored),
    Fork(Stored),
}

/// Runs the threads.
pub(crate) struct Engine {
    handle: tokio::runtime::Handle,
    news: mpsc::Sender<News>,
    stop: Option<oneshot::Sender<()>>,
    runner: Option<std::thread::JoinHandle<()>>,
    /// Where requests go in place of a thread.
    #[cfg(test)]
    played: Option<mpsc::UnboundedSender<Played>>,
}

/// A thread that a test plays.
#[cfg(test)]
pub(crate) struct Played {
    pub(crate) number: u64,
    pub(crate) asked: mpsc::UnboundedReceiver<Op>,
}

#[cfg(test)]
impl Engine {
    /// An engine without threads: who asks for one gets what the test plays, and all other work is done at once.
    pub(crate) fn played() -> (Self, mpsc::Receiver<News>, mpsc::UnboundedReceiver<Played>) {
        let (mut engine, news) = Self::start().unwrap();
        let (sender, played) = mpsc::unbounded_channel();
        engine.played = Some(sender);
        (engine, news, played)
    }
}

impl Engine {
    /// Starts the thread that everything runs on.
    pub(crate) fn start() -> std::io::Result<(Self, mpsc::Receiver<News>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let runner = std::thread::Builder::new().name("agent".to_owned()).spawn(move || {
            // The other end is dropped when the program is about to end.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(Duration::from_millis(200));
        })?;
        let (news, received) = mpsc::channel(WAITING);
        let engine = Self {
            handle,
            news,
            stop: Some(stop),
            runner: Some(runner),
            #[cfg(test)]
            played: None,
        };
        Ok((engine, received))
    }

    /// Where news go.
    pub(crate) fn news(&self) -> mpsc::Sender<News> {
        self.news.clone()
    }

    /// Runs something beside the loop.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        #[cfg(test)]
        if self.played.is_some() {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
            return;
        }
        drop(self.handle.spawn(work));
    }

    /// Runs something that blocks beside the loop, and hands on what it found.
    pub(crate) fn find(&self, work: impl FnOnce() -> Option<Found> + Send + 'static) {
        let news = self.news();
        #[cfg(test)]
        if self.played.is_some() {
            work().into_iter().for_each(|found| news.blocking_send(News::Found(found)).unwrap());
            return;
        }
        drop(self.handle.spawn_blocking(move || {
            if let Some(found) = work() {
                // The loop is gone when nobody takes it.
                let _ = news.blocking_send(News::Found(found));
            }
        }));
    }

    /// Opens a thread under a number, at a server where there is one. Requests may be handed in at once; they are served when it
    /// is there.
    pub(crate) fn open(&self, number: u64, beginning: Beginning, place: Opener) -> mpsc::UnboundedSender<Op> {
        let (ops, asked) = mpsc::unbounded_channel::<Op>();
        #[cfg(test)]
        if let Some(played) = &self.played {
            played.send(Played { number, asked }).unwrap();
            return ops;
        }
        let news = self.news();
        self.spawn(async move {
            let elsewhere = place.server.is_some();
            let opened = match place.open(beginning).await {
                Ok(opened) => opened,
                Err(message) => {
                    // The loop is gone when nobody takes it.
                    let _ = news.send(News::Opened(number, Err(message))).await;
                    return;
                }
            };
            let thread = opened.thread.clone();
            if news.send(News::Opened(number, Ok(Box::new(opened)))).await.is_ok() {
                serve(number, thread, asked, news, elsewhere).await;
            }
        });
        ops
    }

    /// Ends everything.
    pub(crate) fn end(&mut self) {
        drop(self.stop.take());
        if let Some(runner) = self.runner.take()
            && runner.join().is_err()
        {
            tracing::error!("the agent's thread panicked");
        }
    }
}

/// Where and how threads are opened.
pub(crate) struct Opener {
    pub(crate) config: Arc<Config>,
    pub(crate) runtime: Arc<Runtime>,
    /// The server that they run at.
    pub(crate) server: Option<Arc<Server>>,
}

impl Opener {
    async fn open(self, beginning: Beginning) -> Result<Opened, String> {
        match &self.server {
            Some(server) => server.open(beginning).await,
            None => self.open_here(beginning).await,
        }
    }

    async fn open_here(self, beginning: Beginning) -> Result<Opened, String> {
        let manager = ThreadManager::new(self.config, self.runtime);
        let options = StartOptions::default();
        let in_words = |error: codex_core::StartError| with_causes(&error);
        let (path, thread) = match &beginning {
            Beginning::New => {
                let thread = manager.start(options).await.map_err(in_words)?;
                return Ok(Opened { thread, past: Vec::new(), name: None, told: None });
            }
            Beginning::Resume(Stored::File(path)) => (path.clone(), manager.resume(path, options).await.map_err(in_words)?),
            Beginning::Fork(Stored::File(path)) => (path.clone(), manager.fork(path, None, options).await.map_err(in_words)?),
            Beginning::Resume(_) | Beginning::Fork(_) => return Err("this session is one of a server".to_owned()),
        };
        let resumed = matches!(beginning, Beginning::Resume(_));
        let name = if resumed { manager.sessions().name_of(thread.id()).ok().flatten() } else { None };
        let past = tokio::task::spawn_blocking(move || past(&path)).await.map_err(|error| error.to_string())?;
        Ok(Opened { thread, past: past.map_err(|error| with_causes(&error))?, name, told: None })
    }
}

/// Carries requests to a thread and its words back, until either side is gone.
async fn serve(number: u64, thread: Thread, mut asked: mpsc::UnboundedReceiver<Op>, news: mpsc::Sender<News>, elsewhere: bool) {
    let reader = thread.clone();
    let told = tokio::spawn(async move {
        let mut over = false;
        while let Some(event) = reader.next_event().await {
            over |= matches!(event.msg, EventMsg::ShutdownComplete);
            if news.send(News::Event(number, Box::new(event))).await.is_err() {
                return;
            }
        }
        if elsewhere && !over {
            let _ = news.send(News::Lost(number)).await;
        }
        let _ = news.send(News::Gone).await;
    });
    while let Some(op) = asked.recv().await {
        if thread.submit(op).await.is_err() {
            break;
        }
    }
    // Whoever asked is gone: so the thread ends, and its file is whole.
    let _ = thread.submit(Op::Shutdown).await;
    let _ = told.await;
}

/// What was said and done in a session.
pub(crate) fn past(path: &std::path::Path) -> Result<Vec<EventMsg>, codex_state::StateError> {
    let outline = Outline::of(path)?;
    let mut past = crate::chat::Past::default();
    outline.visit(Start::Beginning, &mut |line| past.take(line.item))?;
    Ok(past.finish())
}

/// An error with everything it was caused by, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    text
}
