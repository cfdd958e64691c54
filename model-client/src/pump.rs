//! Moves one answer from its socket into a channel.
//!
//! Runs as a task of its own. The channel is bounded: a turn that does not read stops the reading here, and TCP
//! pushes back to the server. What little is read meanwhile waits in a list, where pieces of one text become one.

use std::ops::Deref;
use std::time::Duration;

use reqwest::Response;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::error::Elapsed;
use tokio_util::sync::CancellationToken;

use crate::error::ModelError;
use crate::failure;
use crate::pace::{GATHER, Pace};
use crate::prompt::ResponseEvent;
use crate::secrets::Secrets;
use crate::sse::SseDecoder;
use crate::wire::Decoder;

/// The longest answer that comes in one piece.
const WHOLE_CAP: usize = 64 * 1024 * 1024;
/// The longest answer, whatever it is made of.
const ANSWER_CAP: usize = 256 * 1024 * 1024;
/// What is read of an answer that is none.
const FOREIGN_CAP: usize = 4096;
/// What is read ahead of a turn that is busy.
const AHEAD_CAP: usize = 64 * 1024;
/// How long the end of the body is waited for before the turn goes on.
const DRAIN_FIRST: Duration = Duration::from_millis(20);
/// How long the rest is waited for once the answer is whole: token counts, or another choice.
const SETTLED: Duration = Duration::from_secs(1);
/// How long it is waited for after that, so that the connection can be reused.
const DRAIN_LATER: Duration = Duration::from_secs(2);
const DRAIN_CAP: usize = 1024 * 1024;

type Event = Result<ResponseEvent, ModelError>;

/// Everything that the task owns.
pub(crate) struct Pump {
    sender: Sender<Event>,
    cancel: CancellationToken,
    idle: Duration,
    /// For people.
    url: String,
    decoder: Decoder,
    form: Form,
    /// Decoded and not yet sent.
    events: Vec<Event>,
    secrets: Secrets,
}

/// What the first byte of a body says of the rest.
enum Form {
    Unknown,
    Events(SseDecoder),
    Whole(Vec<u8>),
    Foreign(Vec<u8>),
}

/// Why the turn does not want the rest.
enum Unheard {
    Cancelled,
    Gone,
}

impl Pump {
    /// `head` goes out first.
    pub(crate) fn new(
        sender: Sender<Event>,
        cancel: CancellationToken,
        idle: Duration,
        url: String,
        decoder: Decoder,
        head: Vec<ResponseEvent>,
    ) -> Self {
        Self {
            sender,
            cancel,
            idle,
            url,
            decoder,
            form: Form::Unknown,
            events: head.into_iter().map(Ok).collect(),
            secrets: Secrets::default(),
        }
    }

    /// The same, with what no error may tell.
    pub(crate) fn hiding(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    fn fit_to_tell(&self, event: Event) -> Event {
        event.map_err(|error| self.secrets.out_of(error))
    }

    /// Reads the answer to its end.
    pub(crate) async fn run(mut self, mut response: Response) {
        let read = self.read(&mut response).await;
        let outcome = match read {
            Ok(()) => self.finish(response).await,
            Err(unheard) => {
                // The connection is closed before anything is waited for.
                drop(response);
                Err(unheard)
            }
        };
        if let Err(Unheard::Cancelled) = outcome {
            let _ = self.sender.send(Err(ModelError::cancelled())).await;
        }
    }

    /// Reads until the last event is decoded; it is still in `events` then.
    async fn read(&mut self, response: &mut Response) -> Result<(), Unheard> {
        let mut pace = Pace::default();
        let mut ahead = 0;
        let mut total: usize = 0;
        while !self.decoder.ended() {
            self.send_what_fits()?;
            if self.events.is_empty() {
                ahead = 0;
            }
            let piece = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Unheard::Cancelled),
                () = self.sender.closed() => return Err(Unheard::Gone),
                permit = self.sender.reserve(), if !self.events.is_empty() => {
                    let event = self.events.remove(0);
                    permit.map_err(|_| Unheard::Gone)?.send(self.fit_to_tell(event));
                    continue;
                }
                piece = next_piece(response, self.patience(), pace.gathers()), if ahead < AHEAD_CAP => piece,
            };
            match piece {
                Ok(Ok(Some(bytes))) => {
                    pace.saw(bytes.len());
                    ahead += bytes.len();
                    total = total.saturating_add(bytes.len());
                    if total > ANSWER_CAP {
                        self.decoder.end_with(failure::endless(), &mut self.events);
                    } else {
                        self.take(&bytes);
                    }
                }
                // A body that breaks off is a body that ends: what was whole in it counts, the missing end is told.
                Ok(Ok(None) | Err(_)) => self.end_of_body(),
                Err(_) if self.decoder.settled() => self.end_of_body(),
                Err(_) => self.decoder.end_with(failure::idle().in_stream(), &mut self.events),
            }
        }
        Ok(())
    }

    /// How long the next piece may take.
    fn patience(&self) -> Duration {
        if self.decoder.settled() { self.idle.min(SETTLED) } else { self.idle }
    }

    fn take(&mut self, bytes: &[u8]) {
        if matches!(self.form, Form::Unknown) {
            self.form = form_of(bytes);
        }
        let (decoder, events) = (&mut self.decoder, &mut self.events);
        match &mut self.form {
            Form::Unknown => {}
            Form::Events(sse) => {
                let taken = sse.push(bytes, |event| decoder.push(event.name, &event.data, events));
                if taken.is_err() && !decoder.ended() {
                    decoder.end_with(failure::too_long(), events);
                }
            }
            Form::Whole(body) if body.len() + bytes.len() > WHOLE_CAP => decoder.end_with(failure::too_long(), events),
            Form::Whole(body) => body.extend_from_slice(bytes),
            Form::Foreign(body) => {
                body.extend_from_slice(bytes);
                if body.len() >= FOREIGN_CAP {
                    self.end_of_body();
                }
            }
        }
    }

    fn end_of_body(&mut self) {
        let (decoder, events) = (&mut self.decoder, &mut self.events);
        match &mut self.form {
            Form::Unknown => {}
            Form::Events(sse) => {
                // Too long here means that the end mark is missing, which is what is told next.
                let _ = sse.finish(|event| decoder.push(event.name, &event.data, events));
            }
            Form::Whole(body) => decoder.push_whole(body, events),
            Form::Foreign(body) => decoder.end_with(failure::of_foreign_text(&String::from_utf8_lossy(body), &self.url), events),
        }
        decoder.finish(events);
    }

    /// Gives the last events, after the end of the body was waited for a moment so that the next request finds the
    /// connection free.
    async fn finish(&mut self, response: Response) -> Result<(), Unheard> {
        let last = self.events.pop();
        self.send_all().await?;
        let mut draining = Box::pin(drain(response));
        let drained = tokio::time::timeout(DRAIN_FIRST, &mut draining).await.is_ok();
        if drained {
            // Lets the task that owns the connection put it back.
            tokio::task::yield_now().await;
        }
        self.events.extend(last);
        self.send_all().await?;
        if !drained {
            let _ = tokio::time::timeout(DRAIN_LATER, draining).await;
        }
        Ok(())
    }

    fn send_what_fits(&mut self) -> Result<(), Unheard> {
        let mut rest = std::mem::take(&mut self.events).into_iter();
        while let Some(event) = rest.next() {
            match self.sender.try_send(self.fit_to_tell(event)) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.events.push(event);
                    self.events.extend(rest);
                    return Ok(());
                }
                Err(TrySendError::Closed(_)) => return Err(Unheard::Gone),
            }
        }
        Ok(())
    }

    async fn send_all(&mut self) -> Result<(), Unheard> {
        for event in std::mem::take(&mut self.events) {
            let event = self.fit_to_tell(event);
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Unheard::Cancelled),
                sent = self.sender.send(event) => sent.map_err(|_| Unheard::Gone)?,
            }
        }
        Ok(())
    }
}

/// The next piece of the body, at once or after a moment in which more may come.
async fn next_piece(
    response: &mut Response,
    idle: Duration,
    gather: bool,
) -> Result<reqwest::Result<Option<impl Deref<Target = [u8]> + use<>>>, Elapsed> {
    if gather {
        tokio::time::sleep(GATHER).await;
    }
    tokio::time::timeout(idle, response.chunk()).await
}

/// The first byte decides, because servers err about the content type: no event begins with a bracket.
fn form_of(bytes: &[u8]) -> Form {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Form::Whole(Vec::new()),
        Some(b'<') => Form::Foreign(Vec::new()),
        Some(_) => Form::Events(SseDecoder::new()),
        None => Form::Unknown,
    }
}

async fn drain(mut response: Response) {
    let mut left = DRAIN_CAP;
    while let Ok(Some(piece)) = response.chunk().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}
