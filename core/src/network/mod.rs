//! The network of commands that reach some hosts by name and nothing else: one proxy a thread, made with the first
//! command that needs it.
//!
//! `rules` puts together what settings and rule files say, `asks` puts questions about hosts that neither names, `audit`
//! tells of what was refused. **Not here:** the proxy (`codex-network-proxy`), the network that has no other way out
//! (`codex-linux-sandbox`).

mod asks;
mod audit;
mod commands;
mod rules;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use codex_config::Config;
use codex_network_proxy::{DoorError, Proxy, ProxyOptions, RuleError, Rules};
use codex_protocol::{CallId, SandboxPolicy};
use codex_sandbox::ProxyEndpoint;
use tokio::time::Instant;

use self::asks::AskPerson;
use self::commands::Commands;
pub use self::rules::network_rules;
use crate::host::TurnHost;
use crate::runtime::Runtime;
use crate::session::Session;

pub(crate) use self::commands::{AskedTime, Command};

/// A socket's path has at most 107 bytes, some of which the proxy needs for its own part.
const FOLDER_BYTES: usize = 80;

/// A time limit is looked at again no sooner while a question is open.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

/// What a thread's commands reach.
pub(crate) struct NetworkAccess {
    /// What the settings say; `None` where no hosts are named.
    settings: Option<Rules>,
    sockets: PathBuf,
    proxy: OnceLock<Proxy>,
    commands: Arc<Commands>,
}

impl NetworkAccess {
    /// Reads the settings. Nothing is started.
    pub(crate) fn new(config: &Config, runtime: &Runtime) -> Result<Self, RuleError> {
        let settings = config.boundary.network.as_ref().map(|hosts| Rules::new(&hosts.allow, &hosts.deny)).transpose()?;
        Ok(Self {
            settings,
            sockets: socket_folder(&config.codex_home, runtime.tmpdir.as_deref()),
            proxy: OnceLock::new(),
            commands: Arc::default(),
        })
    }

    /// Where the listeners of this command are handed over; `None` for a command whose network is whole or closed.
    pub(crate) fn door(&self, host: &TurnHost, policy: &SandboxPolicy, command: Command) -> Result<Option<ProxyEndpoint>, DoorError> {
        let Some(settings) = self.settings.as_ref().filter(|_| reaches_by_name(policy)) else {
            return Ok(None);
        };
        let proxy = self.proxy.get_or_init(|| self.start(settings.clone(), host.session()));
        let client = self.commands.add(command);
        Ok(Some(ProxyEndpoint { socket: proxy.door(&client)?.path().to_owned() }))
    }

    /// Waits for the time limit of a call's command. The time in which a person is asked about its hosts does not count.
    pub(crate) async fn time_limit(&self, call: &CallId, limit: Duration) {
        let began = Instant::now();
        let mut left = limit;
        while !left.is_zero() {
            tokio::time::sleep(left.max(SHORTEST_LOOK)).await;
            left = (limit + self.commands.asked(call)).saturating_sub(began.elapsed());
        }
    }

    fn start(&self, mut rules: Rules, session: &Arc<Session>) -> Proxy {
        rules::add_rules_of_files(&mut rules, &session.approvals.rules.network_rules());
        let weak = Arc::downgrade(session);
        let mut options = ProxyOptions::new(rules, self.sockets.clone());
        options.decider = Some(Arc::new(AskPerson::new(weak.clone(), Arc::clone(&self.commands))));
        let setting = options.setting.clone();
        let (proxy, attempts) = Proxy::new(options);
        tokio::spawn(audit::watch(attempts, weak, Arc::clone(&self.commands), setting));
        proxy
    }
}

/// Hosts by name belong to `workspace-write` with its network closed, and to nothing stricter.
pub fn reaches_by_name(policy: &SandboxPolicy) -> bool {
    match policy {
        SandboxPolicy::WorkspaceWrite { network_access, .. } => !network_access,
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. } => false,
    }
}

/// A folder for the proxy's sockets: in the home folder, where commands cannot write, or where that has too long a name in
/// a folder for temporary files.
pub fn socket_folder(codex_home: &Path, tmpdir: Option<&Path>) -> PathBuf {
    let own = codex_home.join("tmp");
    if own.as_os_str().len() <= FOLDER_BYTES && DirBuilder::new().recursive(true).mode(0o700).create(&own).is_ok() {
        return own;
    }
    tmpdir.filter(|folder| folder.as_os_str().len() <= FOLDER_BYTES).unwrap_or(Path::new("/tmp")).to_path_buf()
}
