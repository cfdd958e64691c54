//! Credentials: API keys, where they are kept and which one counts.
//!
//! A key is looked up when a request is about to be made and not before, so that commands which talk to nobody
//! never open the file. Keys hide themselves from `Debug`; the text comes out only through [`ApiKey::reveal`].
//!
//! **Not here:** keys of other providers (`env_key` is the model client's), model requests
//! (`codex-model-client`), what is printed on sign-in.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use codex_login::{ApiKey, AuthStore, api_key};
//!
//! let home = tempfile::tempdir()?;
//! assert!(api_key(home.path(), &BTreeMap::new())?.is_none());
//! let key = ApiKey::new("sk-test-0123456789abcdef\n").ok_or("blank")?;
//! AuthStore::new(home.path()).write_api_key(&key)?;
//! let found = api_key(home.path(), &BTreeMap::new())?.ok_or("no key")?;
//! assert_eq!((found.reveal(), found.masked().as_str()), ("sk-test-0123456789abcdef", "sk-test-***bcdef"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choice;
mod error;
mod key;
mod store;

pub use choice::{api_key, login_key};
pub use error::LoginError;
pub use key::ApiKey;
pub use store::{AuthMode, AuthStore, StoredAuth};
