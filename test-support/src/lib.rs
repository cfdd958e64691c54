//! Scripted model server, OpenID provider, home and workspace fixtures for tests of every crate.
//!
//! [`Scenario`] says what a model server answers, request by request; [`Scenario::start`] serves it on a loopback
//! port with threads and blocking sockets, so tests need no runtime of their own for it. What was asked is kept in
//! [`ModelServer::requests`]. [`TestHome`] and [`TestWorkspace`] are throw-away folders.
//!
//! **Not here:** assertions about any crate, and anything that a shipped program needs.
//!
//! ```
//! use codex_test_support::{Reply, Scenario, TestHome};
//! use serde_json::json;
//!
//! let server = Scenario::new()
//!     .reply(Reply::new().call("exec_command", json!({"cmd": "ls"})))
//!     .reply(Reply::new().say("done"))
//!     .start();
//! let home = TestHome::new(&server);
//! assert!(home.path().join("config.toml").exists());
//! assert_eq!(server.requests().len(), 0);
//! ```
#![expect(clippy::expect_used, reason = "a fixture that cannot be set up has to fail its test at once")]

mod home;
mod http;
mod mcp;
pub mod openid;
mod reply;
mod request;
mod server;
mod stream;
mod workspace;

pub use home::TestHome;
pub use mcp::{McpHttp, McpScript};
pub use openid::OpenIdProvider;
pub use reply::{Reply, Scenario};
pub use request::Request;
pub use server::{ModelServer, closed_port_url};
pub use workspace::TestWorkspace;
