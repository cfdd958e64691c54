//! Credentials: API keys and sign-in with an account, where they are kept, how they are renewed.
//!
//! [`Login`] is the way in. Credentials are looked up when a request is about to be made and not before, so that commands
//! which talk to nobody never open them. Secrets hide themselves from `Debug`; the text comes out only through
//! `reveal`. Issuer and client id come from the configuration; those of no issuer are built in.
//!
//! **Not here:** keys of other providers (`env_key` is the model client's), model requests (`codex-model-client`), what is
//! printed on sign-in and which program opens the browser (`codex-cli`).
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use codex_login::{Account, ApiKey, Login};
//! use codex_protocol::login::LoginSettings;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let home = tempfile::tempdir()?;
//! let login = Login::new(home.path(), LoginSettings::default(), BTreeMap::new(), "example");
//! assert_eq!(login.account().await?, None);
//! login.save_api_key(&ApiKey::new("sk-test-0123456789abcdef\n").ok_or("blank")?).await?;
//! assert_eq!(login.account().await?, Some(Account::ApiKey { masked: "sk-test-***bcdef".to_owned() }));
//! assert_eq!(login.bearer().await?.ok_or("no key")?.reveal(), "sk-test-0123456789abcdef");
//! # Ok(()) }
//! ```

mod bearer;
mod browser;
mod claims;
mod connection;
mod device;
mod document;
mod error;
mod http;
mod issuer;
mod key;
mod lock;
mod login;
mod random;
mod secret;
mod store;

pub use bearer::{AccountBearer, Bearer};
pub use browser::BrowserSignIn;
pub use claims::Claims;
pub use connection::{CA_VARIABLES, ConnectionError, client_builder};
pub use device::DeviceSignIn;
pub use document::{AuthMode, StoredAuth, Tokens};
pub use error::{LoginError, Place, Refusal, Restriction};
pub use key::ApiKey;
pub use login::{Account, LoggedOut, Login};
pub use secret::Secret;
pub use store::AuthStore;
pub use store::keyring::entry as keyring_entry;
