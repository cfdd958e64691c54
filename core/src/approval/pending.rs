//! Questions that wait for their answer.
//!
//! Each has an id that no other question of the thread had or will have; an answer takes the question away, so a second
//! one finds nothing. A question whose call gives up waiting is withdrawn with it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::event::{PermissionsResponse, ReviewDecision, UserInputResponse};
use codex_protocol::{ApprovalId, CallId, EventMsg, TurnId};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// What a question is about; an answer has to be of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A command.
    Command,
    /// A patch.
    Patch,
    /// What the user is to choose.
    Choice,
    /// Permissions.
    Permissions,
}

/// An answer, as its subject wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Of a command or a patch.
    Decision(ReviewDecision),
    /// Of a choice.
    Choice(UserInputResponse),
    /// Of permissions.
    Permissions(PermissionsResponse),
}

impl Answer {
    fn fits(&self, subject: Subject) -> bool {
        match self {
            Self::Decision(_) => matches!(subject, Subject::Command | Subject::Patch),
            Self::Choice(_) => subject == Subject::Choice,
            Self::Permissions(_) => subject == Subject::Permissions,
        }
    }
}

impl From<ReviewDecision> for Answer {
    fn from(decision: ReviewDecision) -> Self {
        Self::Decision(decision)
    }
}

#[derive(Debug)]
struct Open {
    subject: Subject,
    turn: TurnId,
    /// Counts up, for the order of questions.
    number: u64,
    event: EventMsg,
    reply: oneshot::Sender<Answer>,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<ApprovalId, Open>,
    used: HashSet<ApprovalId>,
    asked: u64,
}

/// The open questions of a thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingApprovals {
    inner: Arc<Mutex<Inner>>,
}

/// One open question, as its asker holds it.
#[derive(Debug)]
pub(crate) struct Waiting {
    id: ApprovalId,
    reply: oneshot::Receiver<Answer>,
    home: PendingApprovals,
}

impl PendingApprovals {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a question. `event` makes the request; it is told the id to ask under when that is not the call's own.
    pub(crate) fn open(
        &self,
        subject: Subject,
        call: &CallId,
        turn: TurnId,
        event: impl FnOnce(Option<ApprovalId>) -> EventMsg,
    ) -> (Waiting, EventMsg) {
        let mut inner = self.lock();
        let own = ApprovalId::new(call.as_str());
        let apart = inner.used.contains(&own).then(ApprovalId::generate);
        let id = apart.clone().unwrap_or(own);
        let event = event(apart);
        let (sender, reply) = oneshot::channel();
        inner.asked += 1;
        let open = Open { subject, turn, number: inner.asked, event: event.clone(), reply: sender };
        inner.used.insert(id.clone());
        inner.open.insert(id.clone(), open);
        (Waiting { id, reply, home: self.clone() }, event)
    }

    /// Hands an answer to its question. False when there is no such question, or not any more.
    pub(crate) fn answer(&self, subject: Subject, id: &ApprovalId, turn: Option<&TurnId>, answer: impl Into<Answer>) -> bool {
        let answer = answer.into();
        let mut inner = self.lock();
        let fits = |open: &Open| open.subject == subject && answer.fits(subject) && turn.is_none_or(|turn| *turn == open.turn);
        if !inner.open.get(id).is_some_and(fits) {
            return false;
        }
        let open = inner.open.remove(id);
        drop(inner);
        open.is_some_and(|open| open.reply.send(answer).is_ok())
    }

    /// The requests that wait, oldest first.
    pub(crate) fn events(&self) -> Vec<EventMsg> {
        let inner = self.lock();
        let mut open: Vec<&Open> = inner.open.values().collect();
        open.sort_by_key(|open| open.number);
        open.into_iter().map(|open| open.event.clone()).collect()
    }
}

impl Waiting {
    /// The answer about a command or a patch; `None` when nobody can give one any more, and when the turn is cancelled first.
    pub(crate) async fn answer(self, cancel: &CancellationToken) -> Option<ReviewDecision> {
        match self.any_answer(cancel).await {
            Some(Answer::Decision(decision)) => Some(decision),
            Some(Answer::Choice(_) | Answer::Permissions(_)) | None => None,
        }
    }

    /// The same for any subject.
    pub(crate) async fn any_answer(mut self, cancel: &CancellationToken) -> Option<Answer> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            answer = &mut self.reply => answer.ok(),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.home.lock().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::Warning;
    use pretty_assertions::assert_eq;

    use super::*;

    fn open(pending: &PendingApprovals, call: &str) -> (Waiting, ApprovalId) {
        let (waiting, _) =
            pending.open(Subject::Command, &call.into(), "t".into(), |_| EventMsg::Warning(Warning { message: call.to_owned() }));
        let id = waiting.id.clone();
        (waiting, id)
    }

    fn approve(pending: &PendingApprovals, id: &ApprovalId) -> bool {
        pending.answer(Subject::Command, id, None, ReviewDecision::Approved)
    }

    /// A46, U6
    #[tokio::test]
    async fn one_question_takes_one_answer() {
        let pending = PendingApprovals::default();
        let (waiting, id) = open(&pending, "a");
        assert!(approve(&pending, &id));
        assert!(!approve(&pending, &id));
        assert_eq!(waiting.answer(&CancellationToken::new()).await, Some(ReviewDecision::Approved));
        assert!(!approve(&pending, &id));
    }

    /// A46: an answer to the first call with an id is never one to the second.
    #[tokio::test]
    async fn a_second_question_of_a_call_has_an_id_of_its_own() {
        let pending = PendingApprovals::default();
        let (first, id) = open(&pending, "a");
        assert_eq!(id.as_str(), "a");
        drop(first);
        let (_second, other) = open(&pending, "a");
        assert!(other != id);
        assert!(!approve(&pending, &id));
        assert!(approve(&pending, &other));
    }

    #[tokio::test]
    async fn an_answer_of_another_kind_or_turn_is_none() {
        let pending = PendingApprovals::default();
        let (_waiting, id) = open(&pending, "a");
        assert!(!pending.answer(Subject::Patch, &id, None, ReviewDecision::Approved));
        assert!(!pending.answer(Subject::Command, &id, Some(&"u".into()), ReviewDecision::Approved));
        assert!(pending.answer(Subject::Command, &id, Some(&"t".into()), ReviewDecision::Approved));
    }

    #[tokio::test]
    async fn a_question_nobody_waits_for_is_withdrawn() {
        let pending = PendingApprovals::default();
        let (first, first_id) = open(&pending, "a");
        let (_second, _) = open(&pending, "b");
        assert_eq!(pending.events().len(), 2);
        drop(first);
        assert_eq!(pending.events(), vec![EventMsg::Warning(Warning { message: "b".to_owned() })]);
        assert!(!approve(&pending, &first_id));
    }
}
