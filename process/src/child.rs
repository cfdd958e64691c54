//! A running process as its owner sees it.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::error::setup;
use crate::exit::{self, Group, Phase};
use crate::input::Input;
use crate::launch::{LaunchError, Step};
use crate::plan::{self, Plan};
use crate::reader::{self, CHUNK_QUEUE, Chunk, Live, Sink, Stream};
use crate::stdio::{self, OurStdio};
use crate::{Capture, ExitStatus, SpawnError, SpawnSpec, poll, spawner};

/// How long [`Child::kill`] waits for the kernel to carry out a SIGKILL.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// A process and its group. Dropping it kills the group.
///
/// All methods but [`output`](Self::output) take `&self`, so one owner may write while another waits.
pub struct Child {
    group: Arc<Group>,
    input: Input,
    capture: Capture,
    /// Standard error, where it has a pipe of its own.
    errors: Option<Capture>,
    output: Option<mpsc::Receiver<Chunk>>,
    pipes: Option<(pipe::Sender, pipe::Receiver)>,
    phase: watch::Receiver<Phase>,
    reader: AbortHandle,
}

/// Starts a process in a session and process group of its own, with default signal handling and no descriptor of ours
/// above standard error. It is killed when this process dies, whatever the cause, and so is its group.
///
/// Returns when the program runs, typically well within a millisecond; needs a tokio runtime, whose tasks read the output.
///
/// # Errors
/// See [`SpawnError`].
pub fn spawn(spec: &SpawnSpec) -> Result<Child, SpawnError> {
    let runtime = Handle::try_current().map_err(|_| SpawnError::NoRuntime)?;
    let plan = Plan::new(spec)?;
    let (ours, theirs) = stdio::open(spec.stdio)?;
    let started = spawner::start(plan, theirs).ok_or_else(|| setup("starting a thread")(io::Error::from(io::ErrorKind::OutOfMemory)))?;
    let leader = started.map_err(|error| explain(error, spec))?;
    Child::watch(leader, ours, &runtime)
}

fn explain(error: LaunchError, spec: &SpawnSpec) -> SpawnError {
    let source = error.source;
    let what = match error.step {
        Step::Exec => {
            let source = plan::telling(source, spec);
            return SpawnError::Program { program: spec.program.to_string_lossy().into_owned(), source };
        }
        Step::Cwd => return SpawnError::Cwd { cwd: spec.cwd.clone(), source },
        Step::Clone => "making a process",
        Step::Session => "making a session",
        Step::Terminal => "taking the terminal",
        Step::Streams => "connecting the standard streams",
        Step::Tie => "tying it to this process",
    };
    SpawnError::Setup { what, source }
}

impl Child {
    fn watch(leader: Pid, ours: OurStdio, runtime: &Handle) -> Result<Self, SpawnError> {
        // From here on a failure must not leave the process behind: releasing the group is what Drop does too.
        let group = Arc::new(Group::new(leader));
        let (done, drained) = oneshot::channel();
        let (publish, phase) = watch::channel(Phase::Running);
        runtime.spawn(exit::supervise(Arc::clone(&group), drained, publish));
        let (source, errors, input, pipes) = connect(ours).map_err(|error| {
            group.release();
            setup("watching its output")(error)
        })?;
        let capture = Capture::default();
        let (chunks, output) = mpsc::channel(CHUNK_QUEUE);
        let error_capture = errors.is_some().then(Capture::default);
        let errors = errors.zip(error_capture.clone()).map(|(fd, capture)| {
            let sink = Sink::new(capture, Live::new(chunks.clone(), Stream::Stderr));
            reader::drain_pipe(fd, sink)
        });
        let sink = Sink::new(capture.clone(), Live::new(chunks, Stream::Stdout));
        let reader = runtime.spawn(async move {
            let output = async move {
                match source {
                    Source::Pipe(fd) => reader::drain_pipe(fd, sink).await,
                    Source::Terminal(fd) => reader::drain_terminal(fd, sink).await,
                }
            };
            match errors {
                Some(errors) => drop(tokio::join!(output, errors)),
                None => output.await,
            }
            // Nobody may be waiting any more.
            let _ = done.send(());
        });
        Ok(Self { group, input, capture, errors: error_capture, output: Some(output), pipes, phase, reader: reader.abort_handle() })
    }

    /// The process id, which is the group's and the session's too.
    pub fn id(&self) -> u32 {
        self.group.leader.as_raw_nonzero().get().unsigned_abs()
    }

    /// Writes to standard input, waiting for the child to read when it is slow. Dropped half-way, part may have been written.
    ///
    /// # Errors
    /// `BrokenPipe` when input is closed on either side; what the system says otherwise.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.input.write(bytes).await
    }

    /// Ends standard input. A terminal has no such end: write `\x04` to one instead.
    pub fn close_stdin(&self) {
        self.input.close();
    }

    /// Changes the size of the child's terminal, which tells the child by SIGWINCH.
    ///
    /// # Errors
    /// `Unsupported` for a child without a terminal.
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        let terminal = self.input.as_terminal().ok_or(io::ErrorKind::Unsupported)?;
        Ok(rustix::termios::tcsetwinsize(terminal.get_ref(), stdio::window(cols, rows))?)
    }

    /// The live output, once. It ends when the last process that could print is gone.
    ///
    /// Never slows the child: when the queue of [`CHUNK_QUEUE`] is full, chunks are lost and [`Chunk::skipped`] counts them.
    pub fn output(&mut self) -> Option<mpsc::Receiver<Chunk>> {
        self.output.take()
    }

    /// Standard input and output of a child started with [`Stdio::Handed`](crate::Stdio::Handed), once. The child waits when
    /// nobody reads. What it prints to standard error is in [`capture`](Self::capture).
    pub fn pipes(&mut self) -> Option<(pipe::Sender, pipe::Receiver)> {
        self.pipes.take()
    }

    /// What the child printed, as far as it is kept.
    pub fn capture(&self) -> Capture {
        self.capture.clone()
    }

    /// What the child printed to standard error, where that has a pipe of its own; then [`capture`](Self::capture) has the rest.
    pub fn error_capture(&self) -> Option<Capture> {
        self.errors.clone()
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        self.phase.borrow().exit()
    }

    /// Waits until the process has ended and its output is read.
    ///
    /// Processes it left behind that still hold its output are given [`OUTPUT_GRACE`](crate::OUTPUT_GRACE). May be called any
    /// number of times and dropped at any point. When the runtime is shut down meanwhile the answer is "killed".
    pub async fn wait(&self) -> ExitStatus {
        let mut phase = self.phase.clone();
        let last = phase.wait_for(|phase| matches!(phase, Phase::Done(_))).await.map(|phase| *phase);
        last.ok().and_then(Phase::exit).or_else(|| self.status()).unwrap_or(ExitStatus::KILLED)
    }

    /// Ends the group: SIGTERM, up to `grace` for the leader to end, then SIGKILL for whoever is left.
    ///
    /// With no grace there is no SIGTERM. Returns when the leader has ended; [`wait`](Self::wait) has its status.
    pub async fn kill(&self, grace: Duration) {
        if !grace.is_zero() {
            self.group.signal(Signal::TERM);
            // A stopped process would only see the signal when it is woken.
            self.group.signal(Signal::CONT);
            self.ended_within(grace).await;
        }
        self.group.signal(Signal::KILL);
        self.ended_within(LAST_WAIT).await;
    }

    async fn ended_within(&self, limit: Duration) {
        let mut phase = self.phase.clone();
        // Either outcome means the same to the caller: go on.
        let _ = tokio::time::timeout(limit, phase.wait_for(|phase| phase.exit().is_some())).await;
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.group.release();
        self.reader.abort();
    }
}

impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Child").field("id", &self.id()).field("phase", &*self.phase.borrow()).finish_non_exhaustive()
    }
}

/// Where the output comes from.
enum Source {
    Pipe(AsyncFd<OwnedFd>),
    Terminal(Arc<AsyncFd<OwnedFd>>),
}

/// What is read here, errors where they are apart, input, and the pipes of a caller that reads and writes itself.
type Connected = (Source, Option<AsyncFd<OwnedFd>>, Input, Option<(pipe::Sender, pipe::Receiver)>);

fn connect(ours: OurStdio) -> io::Result<Connected> {
    Ok(match ours {
        OurStdio::Handed { input, output, errors } => {
            let pipes = (pipe::Sender::from_owned_fd(input)?, pipe::Receiver::from_owned_fd(output)?);
            (Source::Pipe(poll::watch(errors, Interest::READABLE)?), None, Input::closed(), Some(pipes))
        }
        OurStdio::Pipes { output, errors, input } => {
            let source = Source::Pipe(poll::watch(output, Interest::READABLE)?);
            let input = input.map(|fd| poll::watch(fd, Interest::WRITABLE)).transpose()?;
            let errors = errors.map(|fd| poll::watch(fd, Interest::READABLE)).transpose()?;
            (source, errors, input.map_or_else(Input::closed, Input::pipe), None)
        }
        OurStdio::Terminal(fd) => {
            let fd = Arc::new(poll::watch(fd, Interest::READABLE | Interest::WRITABLE)?);
            (Source::Terminal(Arc::clone(&fd)), None, Input::terminal(fd), None)
        }
    })
}
