//! Signals as something to wait for.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that concerns the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The program is to end; the number of the signal.
    By(u8),
    /// The program is to stop for a while.
    Stop,
    /// The program was stopped and goes on.
    GoneOn,
    /// The terminal has another size.
    Resize,
}

/// The signals that are listened to.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    stop: Signal,
    gone_on: Signal,
    resize: Signal,
}

impl Signals {
    /// Takes them over from the system's default. Must be called inside a runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            gone_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Ended {
        tokio::select! {
            biased;
            _ = self.hangup.recv() => Ended::By(1),
            _ = self.terminate.recv() => Ended::By(15),
            _ = self.interrupt.recv() => Ended::By(2),
            _ = self.stop.recv() => Ended::Stop,
            _ = self.gone_on.recv() => Ended::GoneOn,
            _ = self.resize.recv() => Ended::Resize,
        }
    }
}
