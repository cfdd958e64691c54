//! The bounded queue between a thread and one reader of its events.
//!
//! Deltas of one item merge into the last queued one when they can; state events are never lost
//! or reordered. A reader that takes nothing for five seconds while the queue is full is closed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_protocol::event::Delivery;
use codex_protocol::{Event, EventMsg};
use tokio::sync::Notify;

/// Events a reader may lag behind; a turn seldom has more state events than that.
const BOUND: usize = 1024;
/// How long a state event waits for a reader that takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);
/// A merged delta grows no further than this, so that one event stays small.
const MERGED_DELTA_BYTES: usize = 64 * 1024;

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<Event>,
    closed: bool,
}

/// One reader's queue.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    inner: Mutex<Inner>,
    readable: Notify,
    writable: Notify,
}

impl EventQueue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an event in, waiting for room. Events for a closed reader are dropped.
    pub(crate) async fn push(&self, event: Event) {
        let mut waiting = Some(event);
        while let Some(event) = waiting.take() {
            let room = self.writable.notified();
            match self.try_push(event) {
                None => return,
                Some(event) => {
                    if tokio::time::timeout(PATIENCE, room).await.is_err() {
                        tracing::warn!("an event reader took nothing for {PATIENCE:?} and was closed");
                        self.close();
                        return;
                    }
                    waiting = Some(event);
                }
            }
        }
    }

    fn try_push(&self, event: Event) -> Option<Event> {
        let mut inner = self.lock();
        if inner.closed {
            return None;
        }
        if event.msg.delivery() == Delivery::Delta
            && let Some(last) = inner.events.back_mut()
            && merge(&mut last.msg, &event.msg)
        {
            return None;
        }
        if inner.events.len() >= BOUND {
            return Some(event);
        }
        inner.events.push_back(event);
        drop(inner);
        self.readable.notify_one();
        None
    }

    /// The next event; `None` once the queue is closed and empty. Safe to cancel.
    pub(crate) async fn next(&self) -> Option<Event> {
        loop {
            let more = self.readable.notified();
            {
                let mut inner = self.lock();
                if let Some(event) = inner.events.pop_front() {
                    drop(inner);
                    self.writable.notify_one();
                    return Some(event);
                }
                if inner.closed {
                    return None;
                }
            }
            more.await;
        }
    }

    /// Ends the queue: what is in it can still be read.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.readable.notify_one();
        // Everybody who waits for room: there will be none for the second either.
        self.writable.notify_waiters();
    }
}

fn merge(last: &mut EventMsg, next: &EventMsg) -> bool {
    match (last, next) {
        (EventMsg::AgentMessageContentDelta(last), EventMsg::AgentMessageContentDelta(next))
        | (EventMsg::ReasoningContentDelta(last), EventMsg::ReasoningContentDelta(next))
        | (EventMsg::PlanDelta(last), EventMsg::PlanDelta(next))
            if last.item_id == next.item_id
                && last.summary_index == next.summary_index
                && last.delta.len() + next.delta.len() <= MERGED_DELTA_BYTES =>
        {
            last.delta.push_str(&next.delta);
            true
        }
        (EventMsg::ExecCommandOutputDelta(last), EventMsg::ExecCommandOutputDelta(next))
            if last.call_id == next.call_id && last.stream == next.stream && last.chunk.len() + next.chunk.len() <= MERGED_DELTA_BYTES =>
        {
            last.chunk.push_str(&next.chunk);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::{ExecCommandOutputDelta, OutputStream, Warning};
    use pretty_assertions::assert_eq;

    use super::*;

    fn delta(text: &str) -> Event {
        let msg = EventMsg::ExecCommandOutputDelta(ExecCommandOutputDelta {
            call_id: "c".into(),
            stream: OutputStream::Stdout,
            chunk: text.to_owned(),
        });
        Event { id: "1".into(), msg }
    }

    fn state(text: &str) -> Event {
        Event { id: "1".into(), msg: EventMsg::Warning(Warning { message: text.to_owned() }) }
    }

    #[tokio::test]
    async fn deltas_of_one_item_merge_and_state_events_keep_their_order() {
        let queue = EventQueue::default();
        for event in [delta("a"), delta("b"), state("x"), delta("c"), state("y")] {
            queue.push(event).await;
        }
        queue.close();
        let mut got = Vec::new();
        while let Some(event) = queue.next().await {
            got.push(event);
        }
        assert_eq!(got, vec![delta("ab"), state("x"), delta("c"), state("y")]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_closed_and_does_not_hold_up_the_turn() {
        let queue = EventQueue::default();
        for n in 0..=BOUND {
            queue.push(state(&n.to_string())).await;
        }
        let mut count = 0;
        while queue.next().await.is_some() {
            count += 1;
        }
        assert_eq!(count, BOUND);
    }

    #[tokio::test(start_paused = true)]
    async fn closing_lets_everybody_go_who_waits_for_room() {
        let queue = EventQueue::default();
        for n in 0..BOUND {
            queue.push(state(&n.to_string())).await;
        }
        let began = tokio::time::Instant::now();
        let close = async {
            tokio::task::yield_now().await;
            queue.close();
        };
        tokio::join!(queue.push(state("a")), queue.push(state("b")), queue.push(state("c")), close);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
