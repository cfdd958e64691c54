//! One run: starts the thread, shows its events, hears signals, and ends with an outcome.
//!
//! The loop owns no policy of its own: limits and interrupts are submissions like any other, and the
//! thread decides how a turn ends.

use std::future::pending;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use codex_core::Thread;
use codex_otel::Telemetry;
use codex_protocol::{Event, EventMsg, Op};
use tokio::time::{Instant, sleep_until};

use crate::outcome::{EndSignal, Outcome, TIMEOUT_CODE};
use crate::output::{Output, Room};
use crate::signals::Signals;
use crate::view::View;

/// How long a thread may take to end after it was asked to.
const END_GRACE: Duration = Duration::from_secs(15);

/// How long after a second signal.
const HURRIED_GRACE: Duration = Duration::from_secs(1);

/// How long the last lines may wait for a reader once the run was told to end.
const LAST_LINES_GRACE: Duration = Duration::from_secs(2);

/// Bytes that may wait for a reader before the run waits for it too. A thread closes readers that take
/// nothing for long, and a person who looks at a pager for a while must not lose the run.
const MOST_WAITING: usize = 16 * 1024 * 1024;

/// The time limit of `--timeout`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimit {
    /// As the user gave it.
    pub(crate) length: Duration,
    /// When it is over.
    pub(crate) at: Instant,
}

/// Somebody wants the run to end.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// A signal; the program ends at this time whatever the thread does.
    Signal(EndSignal, Instant),
    /// The time limit; the thread sees to it.
    TimeLimit,
    /// Nobody reads the events.
    ReaderGone,
}

/// A running thread and everything around it.
pub(crate) struct Run {
    thread: Thread,
    view: View,
    /// `None` once the stream of the view is gone.
    output: Option<Output>,
    signals: Signals,
    telemetry: Option<Telemetry>,
    limit: Option<TimeLimit>,
    /// What the view has shown and the writer has not taken.
    waiting: Vec<u8>,
    ending: Option<Ending>,
    last_message: Option<String>,
    /// How the turn ended.
    turn: Option<Outcome>,
    /// Why the stream of the view is gone.
    unread: Option<Outcome>,
}

/// How a run ended, and what is left to tell.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// The last message of the model, if there was any.
    pub(crate) last_message: Option<String>,
    /// What the view has shown and nobody has written yet.
    pub(crate) waiting: Vec<u8>,
    /// The writer, unless its stream is gone.
    pub(crate) output: Option<Output>,
    pub(crate) signals: Signals,
    /// How long the last lines may wait for their reader; `None`: as long as it takes.
    pub(crate) patience: Option<Duration>,
}

/// What the loop heard.
#[expect(clippy::large_enum_variant, reason = "made once a step and taken apart at once")]
enum Heard {
    Signal(EndSignal),
    TimeIsUp,
    GraceIsOver,
    Written,
    ReaderIsGone,
    Event(Option<Event>),
}

impl Run {
    pub(crate) fn new(thread: Thread, view: View, output: Output, signals: Signals, limit: Option<TimeLimit>) -> Self {
        Self {
            thread,
            view,
            output: Some(output),
            signals,
            telemetry: None,
            limit,
            waiting: Vec::new(),
            ending: None,
            last_message: None,
            turn: None,
            unread: None,
        }
    }

    /// Has the events told to a collector too.
    pub(crate) fn told_to(self, telemetry: Option<Telemetry>) -> Self {
        Self { telemetry, ..self }
    }

    /// Follows the thread until it is gone. Hands back what tells a collector, which has to be finished.
    pub(crate) async fn follow_to_the_end(mut self) -> (Ended, Option<Telemetry>) {
        loop {
            match self.hear().await {
                Heard::Signal(signal) => self.end_by_signal(signal).await,
                Heard::TimeIsUp => self.end_by_time().await,
                Heard::Written => {}
                Heard::ReaderIsGone => self.end_without_reader().await,
                Heard::GraceIsOver | Heard::Event(None) => break,
                Heard::Event(Some(event)) => {
                    if self.follow(event).await.is_break() {
                        break;
                    }
                }
            }
        }
        let telemetry = self.telemetry.take();
        (self.ended(), telemetry)
    }

    async fn hear(&mut self) -> Heard {
        let grace = match self.ending {
            Some(Ending::Signal(_, until)) => Some(until),
            _ => None,
        };
        let time_limit = self.limit.map(|limit| limit.at);
        let must_write = !self.waiting.is_empty();
        // A reader that is stuck holds up the run in the end, but not its end.
        let may_read = self.waiting.len() < MOST_WAITING || self.ending.is_some();
        tokio::select! {
            biased;
            signal = self.signals.next() => Heard::Signal(signal),
            () = at(time_limit) => Heard::TimeIsUp,
            () = at(grace) => Heard::GraceIsOver,
            room = room(self.output.as_ref()), if must_write => match room {
                Some(room) => {
                    room.send((self.view.stream(), std::mem::take(&mut self.waiting)));
                    Heard::Written
                }
                None => Heard::ReaderIsGone,
            },
            event = self.thread.next_event(), if may_read => Heard::Event(event),
        }
    }

    async fn follow(&mut self, event: Event) -> ControlFlow<()> {
        let shown = self.view.push(&event);
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.push(&event);
        }
        if self.output.is_some() {
            self.waiting.extend(shown);
        }
        if let Some(answer) = crate::remote::refusal(&event.msg) {
            self.ask(answer).await;
        }
        match event.msg {
            EventMsg::AgentMessage(message) => self.last_message = Some(message.message),
            EventMsg::TaskComplete(complete) => {
                if complete.last_agent_message.is_some() {
                    self.last_message = complete.last_agent_message;
                }
                self.turn_ended(complete.error.map_or(Outcome::Completed, Outcome::Failed)).await;
            }
            EventMsg::TurnAborted(_) => self.turn_ended(Outcome::Aborted).await,
            EventMsg::ShutdownComplete => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    async fn turn_ended(&mut self, outcome: Outcome) {
        self.turn = Some(outcome);
        self.ask(Op::Shutdown).await;
    }

    /// A thread that is gone already needs no asking: its events end, and the loop with them.
    async fn ask(&self, op: Op) {
        if self.thread.submit(op).await.is_err() {
            tracing::debug!("the thread was gone already");
        }
    }

    async fn end_by_signal(&mut self, signal: EndSignal) {
        let grace = match self.ending {
            Some(Ending::Signal(..)) => HURRIED_GRACE,
            _ => END_GRACE,
        };
        self.ending = Some(Ending::Signal(signal, Instant::now() + grace));
        if self.turn.is_none() {
            self.ask(Op::Interrupt).await;
        }
    }

    async fn end_by_time(&mut self) {
        let Some(limit) = self.limit.take() else { return };
        if self.turn.is_none() {
            self.ending.get_or_insert(Ending::TimeLimit);
            let message = format!("the time limit of {:?} was reached", limit.length);
            self.ask(Op::StopAfterStep { code: TIMEOUT_CODE.to_owned(), message }).await;
        }
    }

    async fn end_without_reader(&mut self) {
        self.waiting.clear();
        let gone = match self.output.take() {
            Some(output) => output.finish().await,
            None => Ok(()),
        };
        self.unread = Some(match gone {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Unwritable(error.to_string()),
            _ => Outcome::ReaderGone,
        });
        if self.turn.is_none() {
            self.ending.get_or_insert(Ending::ReaderGone);
            self.ask(Op::Interrupt).await;
        }
    }

    fn ended(mut self) -> Ended {
        let outcome = match (self.unread, self.turn, self.ending) {
            (Some(unread), ..) => unread,
            (None, Some(Outcome::Completed), _) => Outcome::Completed,
            (None, _, Some(Ending::Signal(signal, _))) => Outcome::Signalled(signal),
            (None, Some(ended), _) => ended,
            (None, None, _) => Outcome::Lost,
        };
        self.waiting.extend(self.view.footer());
        Ended {
            outcome,
            last_message: self.last_message,
            waiting: self.waiting,
            output: self.output,
            signals: self.signals,
            patience: self.ending.map(|_| LAST_LINES_GRACE),
        }
    }
}

/// Waits for a time; for ever when there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Waits for room at the writer; for ever when there is no writer any more.
async fn room(output: Option<&Output>) -> Option<Room<'_>> {
    match output {
        Some(output) => output.room().await,
        None => pending().await,
    }
}
