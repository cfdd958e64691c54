//! What one comparison is: a script for the model server, the workspace, the arguments.

use codex_test_support::{Reply, Scenario};
use serde_json::Value;

/// How lines of the two runs are lined up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Line for line, item numbers included.
    Exact,
    /// As sets, without item numbers: for commands that run at the same time.
    AnyOrder,
}

/// Where the model server of a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// The scripted one.
    Scripted,
    /// Nobody listens.
    Absent,
}

/// One comparison. Both programs get the same, each in folders of its own.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) scenario: Scenario,
    /// One list of words per run, each after `exec --json`; the runs share home and workspace.
    pub(crate) runs: Vec<Vec<&'static str>>,
    pub(crate) sandbox: &'static str,
    pub(crate) top: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) files: Vec<(&'static str, &'static [u8])>,
    pub(crate) order: Order,
    pub(crate) server: Server,
    pub(crate) key: bool,
    pub(crate) git: bool,
    /// Compare standard error too: for failures before anything begins.
    pub(crate) stderr: bool,
    pub(crate) json: bool,
    /// Compare the offered tools too.
    pub(crate) tools: bool,
    /// Files of the workspace that are compared afterwards.
    pub(crate) results: Vec<&'static str>,
}

/// One attempt at everything, so that failures are told quickly.
pub(crate) const NO_RETRIES: &str = "request_max_retries = 0\nstream_max_retries = 0\n";
/// One attempt more for a broken stream.
pub(crate) const ONE_RETRY: &str = "request_max_retries = 0\nstream_max_retries = 1\n";

impl Case {
    /// `exec --json -s workspace-write go` in an empty repository.
    pub(crate) fn new(name: &'static str, scenario: Scenario) -> Self {
        Self {
            name,
            scenario,
            runs: vec![vec!["go"]],
            sandbox: "workspace-write",
            top: "",
            provider: NO_RETRIES,
            files: Vec::new(),
            order: Order::Exact,
            server: Server::Scripted,
            key: true,
            git: true,
            stderr: false,
            json: true,
            tools: false,
            results: Vec::new(),
        }
    }

    /// Calls one after the other, a reply each, then a message.
    pub(crate) fn calls<'a>(name: &'static str, calls: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let script = calls.into_iter().fold(Scenario::new(), |script, (tool, arguments)| script.reply(Reply::new().call(tool, arguments)));
        Self::new(name, script.reply(Reply::new().say("done")))
    }

    /// Freeform patches one after the other, then a message.
    pub(crate) fn patches<'a>(name: &'static str, patches: impl IntoIterator<Item = &'a str>) -> Self {
        let script = patches.into_iter().fold(Scenario::new(), |script, patch| script.reply(Reply::new().custom("apply_patch", patch)));
        Self::new(name, script.reply(Reply::new().say("done")))
    }

    /// A server that gives this reply to everything.
    pub(crate) fn always(name: &'static str, reply: Reply) -> Self {
        Self::new(name, Scenario::new().reply(reply).repeat_last())
    }

    /// A server that gives this reply once and is well afterwards.
    pub(crate) fn once(name: &'static str, reply: Reply) -> Self {
        Self::new(name, Scenario::new().reply(reply).reply(Reply::new().say("better now"))).provider(ONE_RETRY)
    }

    /// A command line that is not understood; the explanation is each program's own.
    pub(crate) fn usage(name: &'static str, args: &[&'static str]) -> Self {
        Self::new(name, Scenario::new().reply(Reply::new().say("started"))).args(args)
    }

    /// A program that says why it does not even start.
    pub(crate) fn refused(name: &'static str, args: &[&'static str]) -> Self {
        Self { stderr: true, ..Self::new(name, Scenario::new().reply(Reply::new().say("started"))).args(args) }
    }

    pub(crate) fn args(self, args: &[&'static str]) -> Self {
        Self { runs: vec![args.to_vec()], ..self }
    }

    /// Another run afterwards.
    pub(crate) fn then(mut self, args: &[&'static str]) -> Self {
        self.runs.push(args.to_vec());
        self
    }

    pub(crate) fn sandbox(self, sandbox: &'static str) -> Self {
        Self { sandbox, ..self }
    }

    /// Further top-level lines of `config.toml`.
    pub(crate) fn top(self, top: &'static str) -> Self {
        Self { top, ..self }
    }

    /// Lines of the provider's table.
    pub(crate) fn provider(self, provider: &'static str) -> Self {
        Self { provider, ..self }
    }

    pub(crate) fn file(mut self, name: &'static str, content: &'static [u8]) -> Self {
        self.files.push((name, content));
        self
    }

    pub(crate) fn result(mut self, name: &'static str) -> Self {
        self.results.push(name);
        self
    }

    pub(crate) fn in_any_order(self) -> Self {
        Self { order: Order::AnyOrder, ..self }
    }

    pub(crate) fn without_server(self) -> Self {
        Self { server: Server::Absent, ..self }
    }

    pub(crate) fn without_key(self) -> Self {
        Self { key: false, ..self }
    }

    pub(crate) fn without_git(self) -> Self {
        Self { git: false, ..self }
    }

    pub(crate) fn with_tools(self) -> Self {
        Self { tools: true, ..self }
    }

    /// Without `--json`: standard output is the final message, standard error is not looked at.
    pub(crate) fn human(self) -> Self {
        Self { json: false, ..self }
    }
}
