//! What to start: program, arguments, folder, environment and what its standard streams are.

use std::ffi::OsString;
use std::path::PathBuf;

/// One process to start. Nothing is inherited but the user, the limits and the namespaces of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpawnSpec {
    /// A path, or a name without `/` that is looked up in the `PATH` of [`env`](Self::env)
    /// (`/usr/local/bin:/usr/bin:/bin` when that has none). A relative path starts from [`cwd`](Self::cwd).
    pub program: OsString,
    /// The name the program sees itself under; `None` is `program`.
    pub arg0: Option<OsString>,
    /// Arguments after the name.
    pub args: Vec<OsString>,
    /// Working folder. `PWD` is not set from it: a caller that wants a logical path kept puts it into `env`.
    pub cwd: PathBuf,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// Standard streams.
    pub stdio: Stdio,
}

/// What the standard streams are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdio {
    /// Output and errors go into one pipe, so their order is the order they were written in.
    Pipes {
        /// Standard input.
        stdin: StdinMode,
    },
    /// Output and errors go into a pipe each; their order among each other is lost.
    SplitPipes {
        /// Standard input.
        stdin: StdinMode,
    },
    /// Input and output are pipes that the caller reads and writes itself, see [`Child::pipes`](crate::Child::pipes): for a
    /// child that speaks a protocol and waits for its reader. Errors are captured.
    Handed,
    /// All three are a new terminal, which is the controlling terminal of the child's session.
    Pty {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
}

/// Standard input of a child without a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdinMode {
    /// `/dev/null`.
    Closed,
    /// A pipe fed by [`Child::write`](crate::Child::write).
    Open,
}
