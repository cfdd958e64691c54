//! `$CODEX_HOME/auth.json`.
//!
//! Written as a whole: a new file of mode 0600 beside the old one, flushed to disk, then renamed over it. A link
//! of that name is replaced, never written through. Other programs read the file, so its keys are a contract.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::LoginError;
use crate::key::ApiKey;

const FILE_NAME: &str = "auth.json";
/// Most bytes of the file; sign-ins with several tokens stay far below.
const MAX_BYTES: u64 = 1024 * 1024;

/// How the user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// With an API key.
    ApiKey,
    /// With an account.
    ChatGpt,
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuth {
    /// How the user signed in.
    pub mode: AuthMode,
    /// The key, if there is one.
    pub api_key: Option<ApiKey>,
}

/// The credential file of one `$CODEX_HOME`.
#[derive(Clone, Debug)]
pub struct AuthStore {
    folder: PathBuf,
}

impl AuthStore {
    /// The store below `codex_home`; nothing is opened.
    pub fn new(codex_home: &Path) -> Self {
        Self { folder: codex_home.to_path_buf() }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }

    /// Reads the file; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, is not JSON, or has another shape.
    pub fn read(&self) -> Result<Option<StoredAuth>, LoginError> {
        let path = self.path();
        let bytes = match read_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LoginError::Read { path, source }),
        };
        let value: Value = serde_json::from_slice(&bytes).map_err(|source| LoginError::Broken { path: path.clone(), source })?;
        stored(&value).map(Some).map_err(|fault| LoginError::Shape { path, fault })
    }

    /// Keeps `key` and forgets what was stored before.
    ///
    /// # Errors
    /// When the folder cannot be written to; the old file is then still whole.
    pub fn write_api_key(&self, key: &ApiKey) -> Result<(), LoginError> {
        let text = format!("{:#}", json!({ "auth_mode": "apikey", "OPENAI_API_KEY": key.reveal() }));
        self.replace(text.as_bytes()).map_err(|source| LoginError::Write { path: self.path(), source })
    }

    /// Deletes the file and says whether there was one.
    ///
    /// # Errors
    /// When it is there and cannot be deleted.
    pub fn delete(&self) -> Result<bool, LoginError> {
        match fs::remove_file(self.path()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(LoginError::Delete { path: self.path(), source }),
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file =
            tempfile::Builder::new().prefix(".auth-").permissions(fs::Permissions::from_mode(0o600)).tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path())?;
        // The rename is on disk only once the folder is.
        File::open(&self.folder)?.sync_all()
    }
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Asked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Taken apart by hand: the messages of a derived reader would quote values, and the values are secrets.
fn stored(value: &Value) -> Result<StoredAuth, &'static str> {
    let object = value.as_object().ok_or("expected an object")?;
    let api_key = match object.get("OPENAI_API_KEY") {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => ApiKey::new(key),
        Some(_) => return Err("`OPENAI_API_KEY` is not a string"),
    };
    let has_tokens = object.get("tokens").is_some_and(|tokens| !tokens.is_null());
    let mode = match object.get("auth_mode") {
        None | Some(Value::Null) if api_key.is_none() && has_tokens => AuthMode::ChatGpt,
        None | Some(Value::Null) => AuthMode::ApiKey,
        Some(Value::String(mode)) => named_mode(mode)?,
        Some(_) => return Err("`auth_mode` is not a string"),
    };
    Ok(StoredAuth { mode, api_key })
}

fn named_mode(name: &str) -> Result<AuthMode, &'static str> {
    match name {
        "apikey" | "api_key" => Ok(AuthMode::ApiKey),
        "chatgpt" | "chatgptAuthTokens" => Ok(AuthMode::ChatGpt),
        _ => Err("`auth_mode` is neither `apikey` nor `chatgpt`"),
    }
}
