//! Which command a connection comes from.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use codex_protocol::CallId;
use codex_protocol::policy::ApprovalPolicy;

use crate::approval::denials::DenialLog;
use crate::turn::control::TurnControl;

/// Commands that are remembered. Of an older one that still runs the attempts are told without its name, and nobody is
/// asked.
const KEPT: usize = 256;

/// What is known of a command.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) call_id: CallId,
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: PathBuf,
    pub(crate) approval: ApprovalPolicy,
    pub(crate) control: Arc<TurnControl>,
    pub(crate) denials: Arc<DenialLog>,
}

/// The commands of a thread that got a network by name, by the name that the proxy knows them under.
#[derive(Debug, Default)]
pub(super) struct Commands(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    commands: VecDeque<(Arc<str>, Arc<Command>)>,
}

impl Commands {
    /// Remembers a command; the answer is its name for the proxy.
    pub(super) fn add(&self, command: Command) -> Arc<str> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        // Call ids come from the model and may repeat.
        let name: Arc<str> = kept.count.to_string().into();
        if kept.commands.len() == KEPT {
            kept.commands.pop_front();
        }
        kept.commands.push_back((Arc::clone(&name), Arc::new(command)));
        name
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Command>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.commands.iter().rev().find(|(own, _)| **own == *name).map(|(_, command)| Arc::clone(command))
    }
}
