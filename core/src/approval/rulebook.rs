//! The rules in force for one thread: read when it starts, and every lasting answer given since in this process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_execpolicy::{Evaluation, NetworkRule, Policy, PrefixRule, ProgramToRun, append_allow, durable_prefix};

/// Rules that were stored since the process started, for the threads that were there before.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredRules {
    rules: Arc<Mutex<Vec<PrefixRule>>>,
}

impl StoredRules {
    fn lock(&self) -> MutexGuard<'_, Vec<PrefixRule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a thread's policy is made of.
#[derive(Debug)]
struct InForce {
    policy: Policy,
    /// How many of the stored rules it has.
    taken: usize,
}

/// The rules of one thread.
#[derive(Debug)]
pub(crate) struct RuleBook {
    in_force: Mutex<InForce>,
    stored: StoredRules,
    codex_home: PathBuf,
}

impl RuleBook {
    /// Reads the rules of the user and of the folders of a trusted project. Returns what could not be used as sentences
    /// for a person.
    pub(crate) fn load(codex_home: &Path, project_folders: &[PathBuf], stored: StoredRules) -> (Self, Vec<String>) {
        // What is stored from here on is not in the files that are read now.
        let taken = stored.lock().len();
        let loaded = codex_execpolicy::load(codex_home, project_folders);
        let in_force = Mutex::new(InForce { policy: loaded.policy, taken });
        (Self { in_force, stored, codex_home: codex_home.to_path_buf() }, loaded.warnings)
    }

    /// What the rules say about one plain command.
    pub(crate) fn check(&self, argv: &[String], program: ProgramToRun<'_>) -> Evaluation {
        let mut in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = self.stored.lock();
        for rule in stored.iter().skip(in_force.taken) {
            in_force.policy.add_prefix_rule(rule.clone());
        }
        in_force.taken = stored.len();
        in_force.policy.check_to_run(argv, program)
    }

    /// What the rules say about hosts.
    pub(crate) fn network_rules(&self) -> Vec<NetworkRule> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner).policy.network_rules().to_vec()
    }

    /// Keeps a rule that allows commands with this beginning, in force at once in every thread of the process.
    ///
    /// # Errors
    /// Why it is not kept, for a person.
    pub(crate) fn allow(&self, prefix: &[String], program: Option<&Path>) -> Result<(), String> {
        let prefix = durable_prefix(prefix, program).map_err(|refusal| refusal.to_string())?;
        let rule = append_allow(&self.codex_home, &prefix).map_err(|error| with_cause(&error))?;
        self.stored.lock().push(rule);
        Ok(())
    }

    /// The file that lasting answers are kept in.
    pub(crate) fn file(&self) -> PathBuf {
        self.codex_home.join(codex_execpolicy::RULES_DIR).join(codex_execpolicy::DEFAULT_FILE)
    }
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
