//! Serves editors, SDKs and other programs: threads, turns, questions and a set of tools beside them, over JSON-RPC.
//!
//! A translator: requests become `Op`s and events become notifications. Several connections may share the threads of one
//! server; each event is spelt once and goes to those who subscribed.
//!
//! **Not here:** the agent itself (`codex-core`), the wire's types (`codex-app-server-protocol`), the other side of the
//! wire (`codex-app-server-client`), the environment (the binary hands it in as [`Surroundings`]).
//!
//! ```
//! use codex_app_server::Listen;
//! assert_eq!("stdio://".parse::<Listen>().unwrap(), Listen::Stdio);
//! assert!("ws://localhost:1".parse::<Listen>().is_err());
//! ```

mod account;
mod attach;
mod auth;
mod client_name;
mod command_exec;
mod config_methods;
mod connection;
mod convert;
mod dispatch;
mod dynamic_tools;
mod elsewhere;
mod error;
mod errors_out;
mod files;
mod files_undo;
mod fuzzy;
mod history;
mod http_head;
mod listen;
mod lists;
mod loaded;
mod mcp;
mod metadata;
mod newer;
mod outbox;
mod pump;
mod questions;
mod serve;
mod server;
mod settings;
mod skill_watch;
mod skills;
mod stdio;
mod stored;
mod surroundings;
mod threads;
mod translate;
mod turns;
mod unix;
mod watch;
mod websocket;

pub use self::auth::{AuthFlags, AuthMode};
pub use self::error::ServeError;
pub use self::listen::{Listen, ListenError};
pub use self::serve::run;
pub use self::surroundings::Surroundings;
pub use self::unix::bridge;
