//! Talks to an app server: requests get their answers, everything else arrives as [`Incoming`] in the order it was sent.
//!
//! A client is made over any pair of streams, over a program it starts, over WebSocket or over a Unix socket. Clones share
//! the connection; the receiver of events is one.
//!
//! Front ends that are made for threads in process use a [`Remote`], whose threads speak the agent's own vocabulary.
//!
//! **Not here:** the types of the wire (`codex-app-server-protocol`), serving (`codex-app-server`).
//!
//! ```no_run
//! use codex_app_server_client::{Client, ClientName};
//! use codex_app_server_protocol::types::ThreadStartResponse;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (client, mut events) = Client::start("codex", &["app-server"]).await?;
//! client.initialize(&ClientName { name: "example", version: "1" }).await?;
//! let started: ThreadStartResponse = client.request("thread/start", &serde_json::json!({})).await?;
//! println!("{}", started.thread.id);
//! # let _ = events.recv().await;
//! # Ok(()) }
//! ```

mod client;
mod error;
mod remote;
mod settings;
mod transport;

pub use self::client::{Client, ClientName, Events, Incoming};
pub use self::error::ClientError;
pub use self::remote::{Remote, RemoteThread};
pub use self::settings::ThreadSettings;
