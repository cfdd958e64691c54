//! How a run ended, and the exit code that says so. The table stands in `--help` and `docs/exec.md`.

use codex_protocol::event::TurnFailure;

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndSignal {
    /// SIGHUP: the terminal is gone.
    Hangup,
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The turn was completed.
    Completed,
    /// The turn failed.
    Failed(TurnFailure),
    /// The turn was interrupted, but by nothing that came through this program.
    Aborted,
    /// A signal ended it.
    Signalled(EndSignal),
    /// Nobody reads the events any more.
    ReaderGone,
    /// Standard output could not be written, for this reason.
    Unwritable(String),
    /// The thread ended without telling how its turn did.
    Lost,
}

impl Outcome {
    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Completed => 0,
            Self::Failed(failure) => match failure.code.as_str() {
                "max_turns" => 3,
                "max_tokens" => 4,
                TIMEOUT_CODE => 124,
                _ => 1,
            },
            Self::Aborted | Self::Unwritable(_) | Self::Lost => 1,
            Self::Signalled(EndSignal::Hangup) => 129,
            Self::Signalled(EndSignal::Interrupt) => 130,
            Self::ReaderGone => 141,
            Self::Signalled(EndSignal::Terminate) => 143,
        }
    }
}

/// The code of a turn that `--timeout` ended.
pub(crate) const TIMEOUT_CODE: &str = "timeout";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_code_of_its_own() {
        let failed = |code: &str| Outcome::Failed(TurnFailure { message: String::new(), code: code.to_owned() }).exit_code();
        assert_eq!([failed("max_turns"), failed("max_tokens"), failed("timeout"), failed("unauthorized")], [3, 4, 124, 1]);
        assert_eq!(Outcome::Completed.exit_code(), 0);
        assert_eq!(Outcome::Signalled(EndSignal::Interrupt).exit_code(), 130);
        assert_eq!(Outcome::Signalled(EndSignal::Terminate).exit_code(), 143);
    }
}
