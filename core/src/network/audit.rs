//! Tells of attempts: every one to the log, refused ones to the turn's list of denials, and the first of each host in a
//! turn to the user.
//!
//! Hosts and ports only; what was asked of a host is nowhere known (X4).

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use codex_network_proxy::{Attempt, Refusal, Target, Verdict};
use codex_protocol::event::{Denial, DeniedBy, Warning};
use codex_protocol::{EventMsg, TurnId};
use codex_shell_command::join;
use tokio::sync::mpsc;

use super::commands::{Command, Commands};
use crate::session::Session;

/// Hosts that a user is told of in one turn; a command that tries more has made its point.
const TOLD: usize = 32;

/// Reads attempts until the proxy ends.
pub(super) async fn watch(mut attempts: mpsc::Receiver<Attempt>, session: Weak<Session>, commands: Arc<Commands>, setting: String) {
    let mut told = Told::default();
    while let Some(attempt) = attempts.recv().await {
        let command = commands.find(&attempt.client);
        log(&attempt, command.as_deref());
        let (Verdict::Refused(refusal), Some(target), Some(command)) = (&attempt.verdict, &attempt.target, command) else {
            continue;
        };
        let message = refusal.explain(target, &setting);
        command.denials.add(denial(&command, refusal, &attempt, &message));
        if told.is_first(&command.control.turn_id, target)
            && let Some(session) = session.upgrade()
        {
            let message = format!("a command could not reach {target}: {message}");
            session.events.show(EventMsg::Warning(Warning { message })).await;
        }
    }
}

fn log(attempt: &Attempt, command: Option<&Command>) {
    let outcome = match &attempt.verdict {
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Refused(refusal) => format!("refused: {}", refusal.as_str()),
        Verdict::Failed(failure) => format!("failed: {failure}"),
        Verdict::Malformed(why) => format!("malformed: {why}"),
    };
    tracing::info!(
        call = command.map(|command| command.call_id.as_str()),
        protocol = attempt.protocol.as_str(),
        target = attempt.target.as_ref().map(tracing::field::display),
        outcome,
        rule = attempt.rule,
        sent = attempt.sent,
        received = attempt.received,
        milliseconds = u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
        "network attempt"
    );
}

fn denial(command: &Command, refusal: &Refusal, attempt: &Attempt, message: &str) -> Denial {
    let by = match refusal {
        Refusal::Declined => DeniedBy::User,
        Refusal::Unknown | Refusal::Unasked => DeniedBy::Policy,
        Refusal::Denied | Refusal::DeniedAddress | Refusal::Port | Refusal::Literal | Refusal::Localhost | Refusal::Address(_) => {
            DeniedBy::Rule
        }
    };
    Denial {
        call_id: command.call_id.clone(),
        command: join(&command.argv),
        by,
        rule: attempt.rule.clone().unwrap_or_else(|| format!("network: {}", refusal.as_str())),
        message: message.to_owned(),
    }
}

/// What the user has been told in the present turn.
#[derive(Default)]
struct Told {
    turn: Option<TurnId>,
    hosts: HashSet<String>,
}

impl Told {
    fn is_first(&mut self, turn: &TurnId, target: &Target) -> bool {
        if self.turn.as_ref() != Some(turn) {
            *self = Self { turn: Some(turn.clone()), hosts: HashSet::new() };
        }
        self.hosts.len() < TOLD && self.hosts.insert(target.host.to_string())
    }
}
