//! Whether the commands of a run ran at all.
//!
//! A machine without a sandbox refuses every command, and the model makes the best of it: without a word the run would look
//! like any other.

use codex_sandbox::refusal;

use crate::outcome::Outcome;

/// What became of the commands so far.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    any_ran: bool,
    /// Why the first one was refused.
    refused: Option<String>,
}

impl Commands {
    /// A command ended, or was not run.
    pub(crate) fn ended(&mut self, exit_code: i32, output: &str) {
        match refusal(exit_code, output.as_bytes()) {
            Some(reason) => {
                self.refused.get_or_insert(reason);
            }
            None => self.any_ran = true,
        }
    }

    /// How a completed turn with these commands ended.
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.refused {
            Some(reason) if !self.any_ran => Outcome::Unconfined(reason.clone()),
            _ => Outcome::Completed,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// S6.
    #[test]
    fn a_run_in_which_no_command_could_run_did_not_succeed() {
        let refused = "codex-linux-sandbox: not run, because X\n";
        let outcome = |ends: &[(i32, &str)]| {
            let mut commands = Commands::default();
            ends.iter().for_each(|(code, output)| commands.ended(*code, output));
            commands.outcome()
        };
        assert_eq!(outcome(&[]), Outcome::Completed);
        assert_eq!(outcome(&[(1, "no")]), Outcome::Completed);
        assert_eq!(outcome(&[(125, refused), (0, "ran")]), Outcome::Completed);
        assert_eq!(outcome(&[(125, refused), (125, refused)]), Outcome::Unconfined("not run, because X".to_owned()));
        assert_eq!(Outcome::Unconfined(String::new()).exit_code(), 1);
    }
}
