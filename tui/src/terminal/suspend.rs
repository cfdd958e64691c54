//! Stopping for the shell (Ctrl-Z) and coming back: the terminal is touched again only when this program is in the foreground.

use std::time::Duration;

use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;

/// How often it is looked whether a program that was sent to the background is in the foreground again: no signal tells.
const LOOK: Duration = Duration::from_millis(200);

/// Stops the process group, and returns when this program goes on in the foreground.
pub async fn stop_and_wait() {
    codex_process::stop_group();
    wait_for_foreground().await;
}

/// Returns when this program is in the foreground.
pub async fn wait_for_foreground() {
    while !in_foreground() {
        tokio::time::sleep(LOOK).await;
    }
}

fn in_foreground() -> bool {
    // A terminal that is gone is found out by whoever reads it next.
    tcgetpgrp(rustix::stdio::stdin()).map_or(true, |group| group == getpgrp())
}
