//! Asks about hosts that no rule names, once for all who wait for the same answer.
//!
//! **Not here:** who is asked and how. A question that nobody answers, for whatever reason, is answered no.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::audit::Protocol;
use crate::target::Target;

/// Questions that are open at a time; more are answered no.
const OPEN_QUESTIONS: usize = 16;
/// Hosts that are remembered as allowed; more are asked about again.
const GRANTS: usize = 1024;

/// A host that no rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Host and port.
    pub target: Target,
    /// How the client asked.
    pub protocol: Protocol,
    /// Whose listener it came to. The first to ask, where several wait.
    pub client: Arc<str>,
}

/// What whoever was asked says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Let through those who wait, and ask again next time.
    AllowOnce,
    /// Let through this host and port as long as the proxy lives.
    AllowForSession,
    /// Refuse those who wait.
    Refuse,
    /// Refuse those who wait, because there is nobody to answer.
    NobodyToAsk,
}

/// Answers questions. May take as long as a person takes.
#[async_trait]
pub trait Decider: Send + Sync {
    /// Answers one question. Several may be open at a time, never two about the same target.
    async fn decide(&self, question: Question) -> Answer;
}

/// The questions of one proxy.
pub(crate) struct Asks {
    decider: Option<Arc<dyn Decider>>,
    state: Arc<Mutex<State>>,
    cancel: CancellationToken,
}

#[derive(Default)]
struct State {
    open: HashMap<Target, watch::Receiver<Option<Answer>>>,
    granted: HashSet<Target>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asks {
    pub(crate) fn new(decider: Option<Arc<dyn Decider>>, cancel: CancellationToken) -> Self {
        Self { decider, state: Arc::default(), cancel }
    }

    pub(crate) async fn ask(&self, question: Question) -> Answer {
        let Some(decider) = &self.decider else { return Answer::NobodyToAsk };
        let mut answer = {
            let mut state = lock(&self.state);
            if state.granted.contains(&question.target) {
                return Answer::AllowForSession;
            }
            match state.open.get(&question.target) {
                Some(open) => open.clone(),
                None if state.open.len() >= OPEN_QUESTIONS => return Answer::Refuse,
                None => {
                    let (tell, answer) = watch::channel(None);
                    state.open.insert(question.target.clone(), answer.clone());
                    tokio::spawn(self.put(question, Arc::clone(decider), tell));
                    answer
                }
            }
        };
        // The question ends without an answer when the proxy stops, or when the one who was asked failed.
        let answer = answer.wait_for(Option::is_some).await.ok().and_then(|answer| *answer);
        answer.unwrap_or(Answer::Refuse)
    }

    fn put(
        &self,
        question: Question,
        decider: Arc<dyn Decider>,
        tell: watch::Sender<Option<Answer>>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let open = OpenQuestion { state: Arc::clone(&self.state), target: question.target.clone() };
        let cancel = self.cancel.clone();
        async move {
            let answer = tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                answer = decider.decide(question) => answer,
            };
            open.close(answer);
            tell.send_replace(Some(answer));
        }
    }
}

/// Takes the question off the list however it ends.
struct OpenQuestion {
    state: Arc<Mutex<State>>,
    target: Target,
}

impl OpenQuestion {
    fn close(self, answer: Answer) {
        let mut state = lock(&self.state);
        if answer == Answer::AllowForSession && state.granted.len() < GRANTS {
            state.granted.insert(self.target.clone());
        }
    }
}

impl Drop for OpenQuestion {
    fn drop(&mut self) {
        lock(&self.state).open.remove(&self.target);
    }
}
