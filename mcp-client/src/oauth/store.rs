//! Where sign-ins are kept: `$CODEX_HOME/.credentials.json`, mode 0600, or the keyring of the desktop session.
//!
//! A sign-in is filed under the server's name and address: another address under the same name has none (M5).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use codex_login::keyring_entry;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::OAuthError;
use crate::settings::hex;

const FILE: &str = ".credentials.json";
const LOCK: &str = ".credentials.lock";
/// Name of the entries in a keyring.
const SERVICE: &str = "Codex MCP Credentials";
/// Most bytes of the file.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Which place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreKind {
    /// The keyring where there is one, else the file.
    #[default]
    Auto,
    /// The file.
    File,
    /// The keyring.
    Keyring,
}

/// One sign-in.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub(super) struct Stored {
    pub(super) server_name: String,
    pub(super) server_url: String,
    pub(super) client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client_secret: Option<String>,
    pub(super) access_token: String,
    /// Milliseconds since 1970.
    pub(super) expires_at: Option<u64>,
    pub(super) refresh_token: Option<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
}

impl Stored {
    /// Whether the token is still good at this time, milliseconds since 1970.
    pub(super) fn is_fresh(&self, at: u64) -> bool {
        self.expires_at.is_none_or(|expires| expires > at)
    }
}

/// The sign-ins of a `$CODEX_HOME`.
#[derive(Clone, Debug)]
pub struct CredentialStore {
    folder: PathBuf,
    kind: StoreKind,
}

/// Keeps other processes from renewing at the same time.
pub(super) struct Locked(#[expect(dead_code, reason = "held for its lock")] File);

fn key(name: &str, url: &str) -> String {
    let decides = json!({ "type": "http", "url": url, "headers": {} });
    format!("{name}|{}", &hex(&Sha256::digest(decides.to_string().as_bytes()))[..16])
}

impl CredentialStore {
    /// The store; nothing is opened.
    pub fn new(codex_home: &Path, kind: StoreKind) -> Self {
        Self { folder: codex_home.to_path_buf(), kind }
    }

    /// All of it blocks: a keyring may wait for a person.
    async fn blocking<T: Send + 'static>(
        self,
        act: &'static str,
        work: impl FnOnce(&Self) -> Result<T, String> + Send + 'static,
    ) -> Result<T, OAuthError> {
        let done = tokio::task::spawn_blocking(move || work(&self)).await.unwrap_or_else(|error| Err(error.to_string()));
        done.map_err(|reason| OAuthError::Store { act, reason })
    }

    pub(super) async fn read(self, name: &str, url: &str) -> Result<Option<Stored>, OAuthError> {
        let key = key(name, url);
        self.blocking("read", move |store| {
            let from_file = || store.file().map(|mut all| all.remove(&key));
            match store.kind {
                StoreKind::File => from_file(),
                StoreKind::Keyring => parsed(keyring_entry::read(SERVICE, &key)?),
                // Who keeps nothing in the file has it in the keyring, or not at all.
                StoreKind::Auto => match from_file()? {
                    Some(stored) => Ok(Some(stored)),
                    None => Ok(keyring_entry::read(SERVICE, &key).ok().and_then(|text| parsed(text).ok().flatten())),
                },
            }
        })
        .await
    }

    pub(super) async fn write(self, stored: Stored) -> Result<(), OAuthError> {
        self.blocking("keep", move |store| {
            let key = key(&stored.server_name, &stored.server_url);
            let text = serde_json::to_string(&stored).map_err(|error| error.to_string())?;
            let in_keyring = match store.kind {
                StoreKind::File => false,
                StoreKind::Keyring => keyring_entry::write(SERVICE, &key, text).map(|()| true)?,
                StoreKind::Auto => keyring_entry::write(SERVICE, &key, text).is_ok(),
            };
            store.change(|all| match in_keyring {
                // What an earlier sign-in left in the file is no longer true.
                true => drop(all.remove(&key)),
                false => drop(all.insert(key.clone(), stored.clone())),
            })
        })
        .await
    }

    pub(crate) async fn delete(self, name: &str, url: &str) -> Result<bool, OAuthError> {
        let key = key(name, url);
        self.blocking("forget", move |store| {
            let in_keyring = match store.kind {
                StoreKind::File => false,
                StoreKind::Keyring => keyring_entry::delete(SERVICE, &key)?,
                StoreKind::Auto => keyring_entry::delete(SERVICE, &key).unwrap_or(false),
            };
            let in_file = store.file()?.contains_key(&key);
            if in_file {
                store.change(|all| drop(all.remove(&key)))?;
            }
            Ok(in_file || in_keyring)
        })
        .await
    }

    pub(super) async fn lock(&self) -> Result<Locked, OAuthError> {
        self.clone()
            .blocking("lock", |store| {
                let path = store.folder.join(LOCK);
                let file =
                    File::options().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(|error| error.to_string())?;
                file.lock().map_err(|error| error.to_string())?;
                Ok(Locked(file))
            })
            .await
    }

    fn file(&self) -> Result<BTreeMap<String, Stored>, String> {
        let path = self.folder.join(FILE);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.to_string()),
            Ok(facts) if !facts.is_file() || facts.len() > MOST_BYTES => return Err(format!("`{}` is not a file of ours", path.display())),
            Ok(_) => {}
        }
        let bytes = fs::read(&path).map_err(|error| error.to_string())?;
        // The cause would repeat what is in the file.
        serde_json::from_slice(&bytes).map_err(|_| format!("`{}` is broken: delete it and sign in again", path.display()))
    }

    fn change(&self, act: impl FnOnce(&mut BTreeMap<String, Stored>)) -> Result<(), String> {
        let before = self.file()?;
        let mut all = before.clone();
        act(&mut all);
        if all == before {
            return Ok(());
        }
        let path = self.folder.join(FILE);
        if all.is_empty() {
            return fs::remove_file(path).map_err(|error| error.to_string());
        }
        self.replace(&path, &serde_json::to_vec_pretty(&all).map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let temporary = self.folder.join(format!("{FILE}.{}", std::process::id()));
        // What an earlier process of this number left behind.
        let _ = fs::remove_file(&temporary);
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(&temporary)?;
        let written = file
            .set_permissions(fs::Permissions::from_mode(0o600))
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

fn parsed(text: Option<String>) -> Result<Option<Stored>, String> {
    text.map(|text| serde_json::from_str(&text).map_err(|_| "what the keyring holds is no sign-in".to_owned())).transpose()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn stored(url: &str, token: &str) -> Stored {
        Stored {
            server_name: "h".into(),
            server_url: url.into(),
            client_id: "c".into(),
            client_secret: None,
            access_token: token.into(),
            expires_at: Some(5),
            refresh_token: None,
            scopes: vec![],
        }
    }

    /// M5: a token of one address is not sent to another.
    #[tokio::test]
    async fn a_sign_in_belongs_to_a_name_and_an_address() {
        let home = tempfile::tempdir().unwrap();
        let store = CredentialStore::new(home.path(), StoreKind::File);
        store.clone().write(stored("https://a/", "A")).await.unwrap();
        assert!(store.clone().read("h", "https://a/").await.unwrap().is_some_and(|stored| stored.access_token == "A"));
        assert!(store.clone().read("h", "https://b/").await.unwrap().is_none());
        assert!(store.clone().read("i", "https://a/").await.unwrap().is_none());
        let path = home.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(store.clone().delete("h", "https://a/").await.unwrap());
        assert!(!store.clone().delete("h", "https://a/").await.unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn a_token_is_fresh_until_its_time() {
        assert!(stored("u", "t").is_fresh(4) && !stored("u", "t").is_fresh(5));
        assert!(Stored { expires_at: None, ..stored("u", "t") }.is_fresh(u64::MAX));
    }
}
