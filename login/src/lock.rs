//! One change of the credentials at a time, over all processes.
//!
//! A refresh token may count only once: two processes that renew with the same one lose the sign-in. The lock belongs to
//! an open file, so it also keeps two parts of one process apart, and it is gone with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::time::Instant;

use crate::error::LoginError;

/// How long another process may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether it is done.
const PAUSE: Duration = Duration::from_millis(25);

/// Held while credentials change.
#[derive(Debug)]
pub(crate) struct CredentialsLock(File);

impl CredentialsLock {
    /// Waits for the lock.
    pub(crate) async fn take(path: &Path) -> Result<Self, LoginError> {
        let file = open(path).map_err(|source| LoginError::Write { path: path.to_path_buf(), source })?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(LoginError::Locked { path: path.to_path_buf() }),
                Err(TryLockError::Error(source)) => return Err(LoginError::Write { path: path.to_path_buf(), source }),
            }
        }
    }
}

impl Drop for CredentialsLock {
    fn drop(&mut self) {
        // Closing unlocks too; a child that was started meanwhile may hold the file open.
        let _ = self.0.unlock();
    }
}

fn open(path: &Path) -> io::Result<File> {
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(no_link).open(path)
}
