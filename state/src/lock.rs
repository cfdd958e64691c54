//! The lock of a session file (H3): one program at a time goes on with a session, moves it or removes it.

use std::fs::{File, TryLockError};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// How long whoever is about to leave a session may take to write its last lines.
const LEAVING: Duration = Duration::from_secs(1);

/// Takes the lock, which lasts as long as the file is open. `WouldBlock` means that somebody else has it. A file system
/// without locks does without.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < LEAVING => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
