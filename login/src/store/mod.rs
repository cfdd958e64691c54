//! Where credentials are kept: the file, the keyring, either, or memory.
//!
//! All of it blocks: a keyring may wait for a person to unlock it. Callers on a runtime go through [`Login`](crate::Login).

mod file;
pub(crate) mod keyring;
mod memory;

use std::path::{Path, PathBuf};

use codex_protocol::login::CredentialsStore;
use tracing::warn;

use crate::document::{Fault, StoredAuth};
use crate::error::{LoginError, Place};

/// The credentials of one `$CODEX_HOME`.
#[derive(Clone, Debug)]
pub struct AuthStore {
    folder: PathBuf,
    kind: CredentialsStore,
}

impl AuthStore {
    /// The store of a `$CODEX_HOME`; nothing is opened.
    pub fn new(codex_home: &Path, kind: CredentialsStore) -> Self {
        Self { folder: codex_home.to_path_buf(), kind }
    }

    /// The file, whether it is used or not.
    pub fn path(&self) -> PathBuf {
        file::path(&self.folder)
    }

    /// The file whose lock guards changes, of every kind of store.
    pub(crate) fn lock_path(&self) -> PathBuf {
        self.folder.join(".auth.lock")
    }

    /// Reads the credentials; `None` when there are none.
    ///
    /// # Errors
    /// When they are there and cannot be read, are not JSON, or have another shape.
    pub fn read(&self) -> Result<Option<StoredAuth>, LoginError> {
        match self.kind {
            CredentialsStore::File => self.read_file(),
            CredentialsStore::Keyring => self.read_keyring(),
            CredentialsStore::Auto => match self.read_keyring() {
                Ok(Some(stored)) => Ok(Some(stored)),
                Ok(None) | Err(LoginError::Keyring { .. }) => self.read_file(),
                Err(error) => Err(error),
            },
            CredentialsStore::Ephemeral => Ok(memory::read(&self.folder)),
        }
    }

    /// Keeps credentials in the place of those that were there.
    ///
    /// # Errors
    /// When they cannot be kept; what was there before is then still whole.
    pub fn write(&self, stored: &StoredAuth) -> Result<(), LoginError> {
        match self.kind {
            CredentialsStore::File => file::write(&self.folder, stored.text().as_bytes()),
            CredentialsStore::Keyring => self.write_keyring(stored),
            CredentialsStore::Auto => match self.write_keyring(stored) {
                Err(LoginError::Keyring { reason, .. }) => {
                    warn!(reason, "the keyring does not take credentials, the file does");
                    file::write(&self.folder, stored.text().as_bytes())
                }
                done => done,
            },
            CredentialsStore::Ephemeral => {
                memory::write(&self.folder, stored);
                Ok(())
            }
        }
    }

    /// Forgets the credentials and says whether there were any. What is broken is forgotten too.
    ///
    /// # Errors
    /// When they are there and cannot be deleted.
    pub fn delete(&self) -> Result<bool, LoginError> {
        match self.kind {
            CredentialsStore::File => file::delete(&self.folder),
            CredentialsStore::Keyring => {
                let kept = keyring::delete(&self.folder)?;
                Ok(file::delete(&self.folder)? || kept)
            }
            CredentialsStore::Auto => {
                // Without a keyring there is nothing in it.
                let kept = keyring::delete(&self.folder).unwrap_or_default();
                Ok(file::delete(&self.folder)? || kept)
            }
            CredentialsStore::Ephemeral => Ok(memory::delete(&self.folder)),
        }
    }

    fn read_file(&self) -> Result<Option<StoredAuth>, LoginError> {
        let Some(bytes) = file::read(&self.folder)? else { return Ok(None) };
        parsed(&bytes, Place::File(self.path())).map(Some)
    }

    fn read_keyring(&self) -> Result<Option<StoredAuth>, LoginError> {
        let Some(text) = keyring::read(&self.folder)? else { return Ok(None) };
        parsed(text.as_bytes(), Place::Keyring).map(Some)
    }

    fn write_keyring(&self, stored: &StoredAuth) -> Result<(), LoginError> {
        keyring::write(&self.folder, stored.text())?;
        // What an earlier sign-in left in the file is no longer true.
        file::delete(&self.folder).map(drop)
    }
}

fn parsed(bytes: &[u8], place: Place) -> Result<StoredAuth, LoginError> {
    StoredAuth::parse(bytes).map_err(|fault| match fault {
        Fault::Json(source) => LoginError::Broken { place, source },
        Fault::Shape(fault) => LoginError::Shape { place, fault },
    })
}
