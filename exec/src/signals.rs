//! SIGINT, SIGTERM and SIGHUP as something to wait for.
//!
//! A signal that was ignored when the program started stays ignored: that is how `nohup` and jobs in
//! the background of a script keep a key press in the terminal from ending them.

use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::outcome::EndSignal;

/// The signals that end a run.
pub(crate) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl Signals {
    /// Takes the signals over from the system's default, which would kill the program at once.
    pub(crate) fn listen() -> io::Result<Self> {
        let ignored = Ignored::read();
        let heard = |kind: SignalKind| if ignored.has(kind) { Ok(None) } else { signal(kind).map(Some) };
        Ok(Self {
            interrupt: heard(SignalKind::interrupt())?,
            terminate: heard(SignalKind::terminate())?,
            hangup: heard(SignalKind::hangup())?,
        })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> EndSignal {
        tokio::select! {
            () = next(&mut self.interrupt) => EndSignal::Interrupt,
            () = next(&mut self.terminate) => EndSignal::Terminate,
            () = next(&mut self.hangup) => EndSignal::Hangup,
        }
    }
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

/// The signals this process was started with as ignored, one bit each.
struct Ignored(u64);

impl Ignored {
    /// Where the system does not tell, none counts as ignored.
    fn read() -> Self {
        Self(std::fs::read_to_string("/proc/self/status").ok().and_then(|status| parse_mask(&status)).unwrap_or(0))
    }

    fn has(&self, kind: SignalKind) -> bool {
        let bit = kind.as_raw_value() - 1;
        (0..64).contains(&bit) && self.0 & (1 << bit) != 0
    }
}

fn parse_mask(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_names_signals_by_their_bits() {
        let ignored = Ignored(parse_mask("Name:\tx\nSigIgn:\t0000000000000003\nSigCgt:\t0\n").unwrap());
        assert!(ignored.has(SignalKind::hangup()) && ignored.has(SignalKind::interrupt()) && !ignored.has(SignalKind::terminate()));
        assert_eq!(parse_mask("nothing"), None);
    }
}
