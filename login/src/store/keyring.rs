//! The keyring of the desktop session (Secret Service).
//!
//! The entry is named as other programs of this contract name it, so that a sign-in made with one is found by the other.
//! The bus is not touched before the first call here. Each call runs on a thread of its own: the client has a runtime
//! inside, and a locked keyring waits for a person who may not be there.

use std::path::Path;

use crate::error::LoginError;

const LOAD: &str = "load CLI auth from";
const WRITE: &str = "write CLI auth to";
const DELETE: &str = "delete CLI auth from";

pub(super) fn read(folder: &Path) -> Result<Option<String>, LoginError> {
    backend::read(folder).map_err(|reason| LoginError::Keyring { act: LOAD, reason })
}

pub(super) fn write(folder: &Path, text: String) -> Result<(), LoginError> {
    backend::write(folder, text).map_err(|reason| LoginError::Keyring { act: WRITE, reason })
}

pub(super) fn delete(folder: &Path) -> Result<bool, LoginError> {
    backend::delete(folder).map_err(|reason| LoginError::Keyring { act: DELETE, reason })
}

/// Entries of other names, for credentials beside those of the account. They block: a locked keyring waits for a person.
pub mod entry {
    /// Reads an entry; `None` when there is none.
    ///
    /// # Errors
    /// When the keyring cannot be used; the text holds no secret.
    pub fn read(service: &str, name: &str) -> Result<Option<String>, String> {
        super::backend::read_entry(service, name)
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// When the keyring cannot be used; the text holds no secret.
    pub fn write(service: &str, name: &str, text: String) -> Result<(), String> {
        super::backend::write_entry(service, name, text)
    }

    /// Deletes an entry and says whether there was one.
    ///
    /// # Errors
    /// When the keyring cannot be used.
    pub fn delete(service: &str, name: &str) -> Result<bool, String> {
        super::backend::delete_entry(service, name)
    }
}

#[cfg(not(feature = "keyring"))]
mod backend {
    use std::path::Path;

    const MISSING: &str = "this program was built without it";

    pub(super) fn read(_: &Path) -> Result<Option<String>, String> {
        Err(MISSING.to_owned())
    }

    pub(super) fn write(_: &Path, _: String) -> Result<(), String> {
        Err(MISSING.to_owned())
    }

    pub(super) fn delete(_: &Path) -> Result<bool, String> {
        Err(MISSING.to_owned())
    }

    pub(super) fn read_entry(_: &str, _: &str) -> Result<Option<String>, String> {
        Err(MISSING.to_owned())
    }

    pub(super) fn write_entry(_: &str, _: &str, _: String) -> Result<(), String> {
        Err(MISSING.to_owned())
    }

    pub(super) fn delete_entry(_: &str, _: &str) -> Result<bool, String> {
        Err(MISSING.to_owned())
    }
}

#[cfg(feature = "keyring")]
mod backend {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use keyring::{Entry, Error};
    use sha2::{Digest, Sha256};

    const SERVICE: &str = "Codex Auth";
    /// Bytes of the folder's hash in the name of the entry.
    const NAME_BYTES: usize = 8;
    /// How long a keyring may take, a person who unlocks it included.
    const PATIENCE: Duration = Duration::from_secs(60);

    pub(super) fn read(folder: &Path) -> Result<Option<String>, String> {
        read_entry(SERVICE, &name(folder))
    }

    pub(super) fn write(folder: &Path, text: String) -> Result<(), String> {
        write_entry(SERVICE, &name(folder), text)
    }

    pub(super) fn delete(folder: &Path) -> Result<bool, String> {
        delete_entry(SERVICE, &name(folder))
    }

    pub(super) fn read_entry(service: &str, name: &str) -> Result<Option<String>, String> {
        call(service, name, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(text)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    pub(super) fn write_entry(service: &str, name: &str, text: String) -> Result<(), String> {
        call(service, name, move |entry| entry.set_password(&text))
    }

    pub(super) fn delete_entry(service: &str, name: &str) -> Result<bool, String> {
        call(service, name, |entry| match entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(error),
        })
    }

    fn call<T: Send + 'static>(
        service: &str,
        name: &str,
        act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        let (service, name) = (service.to_owned(), name.to_owned());
        let (sender, receiver) = mpsc::channel();
        let started = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            let done = match Entry::store_status() {
                Ok(()) => Entry::new(&service, &name).and_then(|entry| act(&entry)).map_err(|error| told(&error)),
                Err(error) => Err(told(error)),
            };
            // Nobody is there any more when it took too long.
            let _ = sender.send(done);
        });
        started.map_err(|error| error.to_string())?;
        receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("it does not answer; is it waiting to be unlocked?".to_owned()))
    }

    fn name(folder: &Path) -> String {
        let hash = Sha256::digest(folder.as_os_str().as_bytes());
        hash.iter().take(NAME_BYTES).fold("cli|".to_owned(), |mut name, byte| {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
            name
        })
    }

    /// What may be told of an error: variants that carry what is stored are not printed.
    fn told(error: &Error) -> String {
        match error {
            Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it holds is not text".to_owned(),
            other => other.to_string(),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_entry_of_a_home_has_the_name_that_other_programs_use() {
            assert_eq!(name(Path::new("/tmp/ref2/home")), "cli|2b791f2acd853485");
        }
    }
}
