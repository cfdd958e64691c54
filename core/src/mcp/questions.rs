//! Questions of servers and of calls of their tools that wait for a person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationRequest};
use codex_protocol::{ApprovalId, CallId, EventMsg, TurnId};
use serde_json::Value;
use tokio::sync::oneshot;

/// A person's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) action: ElicitationAction,
    pub(crate) content: Option<Value>,
    pub(crate) meta: Option<Value>,
}

#[derive(Debug)]
struct Open {
    number: u64,
    event: EventMsg,
    reply: oneshot::Sender<Reply>,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<ApprovalId, Open>,
    asked: u64,
}

/// The open questions of a thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions(Arc<Mutex<Inner>>);

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) turn_id: Option<TurnId>,
    pub(crate) call_id: Option<CallId>,
    pub(crate) server: String,
    pub(crate) meta: Option<Value>,
    pub(crate) form: ElicitationForm,
}

/// One open question, as its asker holds it. Dropping it withdraws the question.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: ApprovalId,
    reply: oneshot::Receiver<Reply>,
    home: Questions,
}

impl Questions {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens a question; the event is what front ends are shown.
    pub(crate) fn open(&self, question: Question) -> (Waiting, EventMsg) {
        let id = ApprovalId::generate();
        let event = EventMsg::ElicitationRequest(Box::new(ElicitationRequest {
            id: id.clone(),
            turn_id: question.turn_id,
            call_id: question.call_id,
            server_name: question.server,
            meta: question.meta,
            request: question.form,
        }));
        let (sender, reply) = oneshot::channel();
        self.with(|inner| {
            inner.asked += 1;
            inner.open.insert(id.clone(), Open { number: inner.asked, event: event.clone(), reply: sender });
        });
        (Waiting { id, reply, home: self.clone() }, event)
    }

    /// Hands an answer to its question. False when there is none, or not any more.
    pub(crate) fn answer(&self, id: &ApprovalId, reply: Reply) -> bool {
        self.with(|inner| inner.open.remove(id)).is_some_and(|open| open.reply.send(reply).is_ok())
    }

    /// The questions that wait, oldest first.
    pub(crate) fn events(&self) -> Vec<EventMsg> {
        self.with(|inner| {
            let mut open: Vec<&Open> = inner.open.values().collect();
            open.sort_by_key(|open| open.number);
            open.into_iter().map(|open| open.event.clone()).collect()
        })
    }

    /// Nobody answers any more.
    pub(crate) fn withdraw_all(&self) {
        self.with(|inner| inner.open.clear());
    }
}

impl Waiting {
    /// The answer; a question that nobody can answer any more was closed.
    pub(crate) async fn answer(mut self) -> Reply {
        (&mut self.reply).await.unwrap_or(Reply { action: ElicitationAction::Cancel, content: None, meta: None })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.home.with(|inner| inner.open.remove(&self.id));
    }
}
