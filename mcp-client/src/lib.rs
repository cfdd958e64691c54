//! Connections to MCP servers: started in the background, watched, started anew; their tools named, bounded and found.
//!
//! [`McpServers`] holds the servers of a session. Nothing here waits for a server that nobody asked anything of: tools are in
//! the table when they are there. The wire is the official SDK's (`rmcp`); processes are `codex-process`'s.
//!
//! Everything a server says is data: names are made fit, descriptions and results bounded and free of control characters,
//! schemas reduced to what describes arguments.
//!
//! **Not here:** who may call which tool, and what the model is told of a result (`codex-core`, `codex-tools`).
//!
//! ```
//! assert_eq!(codex_mcp_client::exposed_name("files", "read-file"), "mcp__files__read_file");
//! ```

mod asleep;
mod connection;
mod error;
mod handler;
mod host;
mod http;
mod inputs;
mod line;
mod names;
mod notices;
pub mod oauth;
mod older;
mod requests;
mod rounds;
mod schema;
mod search;
mod server;
mod servers;
mod settings;
mod table;
mod text;
mod tool;

pub use error::{CallError, RequiredFailed, StartError};
pub use host::{Answer, McpHost};
pub use names::exposed_name;
pub use requests::ToolCall;
pub use servers::{McpServers, ServerState, Surroundings};
pub use settings::{Reach, STARTUP_TIMEOUT, ServerSettings, TOOL_TIMEOUT, Token, is_server_name};
pub use table::{LISTED_WHOLE, MOST_LISTED, ToolTable};
pub use text::clean;
pub use tool::{Hints, McpTool};
