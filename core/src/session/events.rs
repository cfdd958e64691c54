//! Where events go: to every reader, and into the session file those that belong there.
//!
//! Order rule: history in memory, then the session file, then whatever acts on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::event::{AgentReasoning, Warning};
use codex_protocol::rollout::RolloutItem;
use codex_protocol::{Event, EventMsg, SubmissionId};
use codex_state::RolloutRecorder;

use super::diary;
use super::event_queue::EventQueue;

/// The thread's outlet.
pub(crate) struct EventSink {
    readers: Mutex<Vec<Arc<EventQueue>>>,
    recorder: Option<RolloutRecorder>,
    current: Mutex<SubmissionId>,
    warned_of_disk: std::sync::atomic::AtomicBool,
}

impl EventSink {
    /// An outlet; without a recorder nothing is kept.
    pub(crate) fn new(recorder: Option<RolloutRecorder>) -> Self {
        Self {
            readers: Mutex::new(Vec::new()),
            recorder,
            current: Mutex::new(SubmissionId::new("")),
            warned_of_disk: std::sync::atomic::AtomicBool::new(false),
        }
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Arc<EventQueue>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a reader: it sees what is sent from now on.
    pub(crate) fn subscribe(&self) -> Arc<EventQueue> {
        let queue = Arc::new(EventQueue::default());
        self.readers().push(Arc::clone(&queue));
        queue
    }

    /// Names the submission that the following events answer.
    pub(crate) fn answer_to(&self, id: SubmissionId) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }

    /// Sends an event to every reader and records it where it belongs in the file.
    pub(crate) async fn send(&self, msg: EventMsg) {
        self.record_event(&msg).await;
        self.show(msg).await;
    }

    /// Sends an event to the readers alone.
    pub(crate) async fn show(&self, msg: EventMsg) {
        diary::note(&msg);
        let id = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let readers: Vec<Arc<EventQueue>> = self.readers().clone();
        let Some((last, others)) = readers.split_last() else {
            return;
        };
        for reader in others {
            reader.push(Event { id: id.clone(), msg: msg.clone() }).await;
        }
        last.push(Event { id, msg }).await;
    }

    /// Records an event where it belongs in the file, without showing it.
    pub(crate) async fn record_event(&self, msg: &EventMsg) {
        if !msg.is_recorded() {
            return;
        }
        match msg {
            EventMsg::AgentReasoning(reasoning) if !reasoning.parts.is_empty() => {
                for part in &reasoning.parts {
                    let line = AgentReasoning { text: part.clone(), parts: Vec::new(), item_id: None };
                    self.record(RolloutItem::EventMsg(EventMsg::AgentReasoning(line))).await;
                }
            }
            _ => self.record(RolloutItem::EventMsg(msg.clone())).await,
        }
    }

    /// Writes a line to the session file.
    pub(crate) async fn record(&self, item: RolloutItem) {
        if let Some(recorder) = &self.recorder {
            recorder.record(item).await;
        }
    }

    /// Waits until everything recorded so far is in the file. A file that cannot be written is
    /// told once; the run goes on.
    pub(crate) async fn flush(&self) {
        let Some(recorder) = &self.recorder else {
            return;
        };
        if let Err(error) = recorder.flush().await
            && !self.warned_of_disk.swap(true, std::sync::atomic::Ordering::Relaxed)
        {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            let message = format!(
                "this session cannot be saved completely: {error}{cause}. The run goes on, but it may not be possible to resume it."
            );
            self.show(EventMsg::Warning(Warning { message })).await;
        }
    }

    /// Lets go of the session file, so that somebody else can go on with it while this thread's handle is still held.
    pub(crate) async fn release_file(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.release().await;
            // Waits until it is done; what could not be written was told.
            let _ = recorder.flush().await;
        }
    }

    /// Where the session file is or will be.
    pub(crate) fn rollout_path(&self) -> Option<std::path::PathBuf> {
        self.recorder.as_ref().map(|recorder| recorder.path().to_path_buf())
    }

    /// Ends every reader's queue.
    pub(crate) fn close(&self) {
        for reader in self.readers().drain(..) {
            reader.close();
        }
    }
}
