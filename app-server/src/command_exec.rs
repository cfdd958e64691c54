//! `command/exec`: commands of the client, outside of any thread, in the sandbox of the server's configuration.
//!
//! A command that streams or takes input has a name its client chose; names belong to the connection. The command ends with
//! the connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_config::command_environment;
use codex_process::{CaptureMode, Child, Chunk, OUTPUT_CAP, SpawnSpec, StdinMode, Stdio, Stream, spawn};
use codex_sandbox::{SandboxRequest, wrap};
use tokio_util::sync::CancellationToken;

use crate::connection::{Connection, spelt_notification};
use crate::convert;
use crate::error::Failure;
use crate::server::Server;
use crate::settings;

/// Bytes of a stream that a result holds.
const DEFAULT_CAP: usize = OUTPUT_CAP;
/// When a command is ended that has no time limit of its own.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a command may take to end after TERM.
const KILL_GRACE: Duration = Duration::from_millis(500);
/// Exit code of a command that was ended by its time limit.
const TIMED_OUT: i32 = 124;
/// Exit code of a command without a terminal that its client ended.
const TERMINATED: i32 = -1;

/// The named commands of one connection.
#[derive(Debug, Default)]
pub(crate) struct Processes(Mutex<HashMap<String, Arc<Process>>>);

/// A named command.
#[derive(Debug)]
struct Process {
    child: Child,
    takes_input: bool,
    terminate: CancellationToken,
}

/// What a request comes to once its members were looked at.
struct Order {
    stdio: Stdio,
    cap: usize,
    timeout: Option<Duration>,
}

impl Processes {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Process>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: &str) -> Result<Arc<Process>, Failure> {
        self.lock().get(id).cloned().ok_or_else(|| Failure::invalid(format!("no active command/exec for process id {id:?}")))
    }

    /// `command/exec/write`.
    pub(crate) async fn write(&self, params: wire::CommandExecWriteParams) -> Result<wire::CommandExecWriteResponse, Failure> {
        if params.delta_base64.is_none() && !params.close_stdin {
            return Err(Failure::params("command/exec/write requires deltaBase64 or closeStdin"));
        }
        let bytes = params.delta_base64.map(|text| STANDARD.decode(text)).transpose();
        let bytes = bytes.map_err(|error| Failure::params(format!("invalid deltaBase64: {error}")))?;
        let process = self.get(&params.process_id)?;
        if !process.takes_input {
            return Err(Failure::invalid("stdin streaming is not enabled for this command/exec"));
        }
        if let Some(bytes) = bytes {
            process.child.write(&bytes).await?;
        }
        if params.close_stdin {
            process.child.close_stdin();
        }
        Ok(wire::CommandExecWriteResponse {})
    }

    /// `command/exec/resize`.
    pub(crate) fn resize(&self, params: &wire::CommandExecResizeParams) -> Result<wire::CommandExecResizeResponse, Failure> {
        let process = self.get(&params.process_id)?;
        size(&params.size)?;
        let resized = process.child.resize(params.size.cols, params.size.rows);
        resized.map_err(|error| match error.kind() {
            std::io::ErrorKind::Unsupported => Failure::invalid("failed to resize PTY: process is not attached to a PTY"),
            _ => Failure::internal(format!("failed to resize PTY: {error}")),
        })?;
        Ok(wire::CommandExecResizeResponse {})
    }

    /// `command/exec/terminate`.
    pub(crate) fn terminate(&self, params: &wire::CommandExecTerminateParams) -> Result<wire::CommandExecTerminateResponse, Failure> {
        self.get(&params.process_id)?.terminate.cancel();
        Ok(wire::CommandExecTerminateResponse {})
    }
}

fn size(size: &wire::CommandExecTerminalSize) -> Result<(), Failure> {
    if size.rows == 0 || size.cols == 0 {
        return Err(Failure::params("command/exec size rows and cols must be greater than 0"));
    }
    Ok(())
}

fn checked(params: &wire::CommandExecParams) -> Result<Order, Failure> {
    if params.command.is_empty() {
        return Err(Failure::invalid("command must not be empty"));
    }
    if let Some(wanted) = &params.size {
        if !params.tty {
            return Err(Failure::params("command/exec size requires tty: true"));
        }
        size(wanted)?;
    }
    if params.disable_timeout && params.timeout_ms.is_some() {
        return Err(Failure::params("command/exec cannot set both timeoutMs and disableTimeout"));
    }
    if params.disable_output_cap && params.output_bytes_cap.is_some() {
        return Err(Failure::params("command/exec cannot set both outputBytesCap and disableOutputCap"));
    }
    let streams = params.tty || params.stream_stdin || params.stream_stdout_stderr;
    if streams && params.process_id.is_none() {
        return Err(Failure::invalid("command/exec tty or streaming requires a client-supplied processId"));
    }
    if params.disable_output_cap && !(params.tty || params.stream_stdout_stderr) {
        return Err(Failure::params(format!(
            "command/exec disableOutputCap requires streaming: a result holds {OUTPUT_CAP} bytes a stream"
        )));
    }
    let timeout = match params.timeout_ms {
        Some(negative) if negative < 0 => {
            return Err(Failure::params(format!("command/exec timeoutMs must be non-negative, got {negative}")));
        }
        Some(millis) => Some(Duration::from_millis(millis.unsigned_abs())),
        None if params.disable_timeout || streams => None,
        None => Some(DEFAULT_TIMEOUT),
    };
    let stdin = if params.stream_stdin { StdinMode::Open } else { StdinMode::Closed };
    let stdio = match (params.tty, &params.size) {
        (true, Some(size)) => Stdio::Pty { cols: size.cols, rows: size.rows },
        (true, None) => Stdio::Pty { cols: 80, rows: 24 },
        (false, _) => Stdio::SplitPipes { stdin },
    };
    let cap = match params.output_bytes_cap {
        _ if params.disable_output_cap => usize::MAX,
        Some(cap) => usize::try_from(cap).unwrap_or(usize::MAX).min(DEFAULT_CAP),
        None => DEFAULT_CAP,
    };
    Ok(Order { stdio, cap, timeout })
}

impl Server {
    /// `command/exec`: answered when the command has ended and everything it printed was told.
    pub(crate) async fn command_exec(
        &self,
        params: wire::CommandExecParams,
        connection: &Arc<Connection>,
    ) -> Result<wire::CommandExecResponse, Failure> {
        let order = checked(&params)?;
        if let Some(id) = &params.process_id
            && connection.processes.lock().contains_key(id)
        {
            return Err(Failure::invalid(format!("duplicate active command/exec process id: {id:?}")));
        }
        let mut child = self.start_command(&params, order.stdio)?;
        let live = child.output();
        let process = Arc::new(Process { child, takes_input: params.stream_stdin || params.tty, terminate: CancellationToken::new() });
        if let Some(id) = &params.process_id {
            connection.processes.lock().insert(id.clone(), Arc::clone(&process));
        }
        let streams = params.tty || params.stream_stdout_stderr;
        let telling = params.process_id.clone().filter(|_| streams);
        let tell = async {
            if let (Some(id), Some(mut chunks)) = (telling, live) {
                let mut teller = Teller { id, cap: order.cap, told: [0; 2], connection };
                while let Some(chunk) = chunks.recv().await {
                    teller.tell(&chunk, &process.child);
                }
            }
        };
        let (code, ()) = tokio::join!(end_of(&process, order.timeout, params.tty, &connection.closed), tell);
        if let Some(id) = &params.process_id {
            connection.processes.lock().remove(id);
        }
        let text = |capture: codex_process::Capture| {
            let mut bytes = capture.snapshot(CaptureMode::Head).bytes;
            bytes.truncate(order.cap);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (stdout, stderr) = if streams {
            (String::new(), String::new())
        } else {
            (text(process.child.capture()), process.child.error_capture().map(text).unwrap_or_default())
        };
        Ok(wire::CommandExecResponse { exit_code: code, stderr, stdout })
    }

    fn start_command(&self, params: &wire::CommandExecParams, stdio: Stdio) -> Result<Child, Failure> {
        let mut options = self.surroundings.load.clone();
        let own = options.cwd.clone();
        if let Some(cwd) = &params.cwd {
            options.cwd = own.join(cwd);
        }
        let cwd = options.cwd.clone();
        if !cwd.is_dir() {
            let missing = std::fs::metadata(&cwd).err().unwrap_or_else(|| std::io::ErrorKind::NotADirectory.into());
            return Err(Failure::internal(format!("failed to spawn command: {missing}")));
        }
        let config = settings::read(&options)?;
        let asked = params.sandbox_policy.clone().map(convert::sandbox_policy).transpose().map_err(Failure::invalid)?;
        let policy = asked.unwrap_or_else(|| config.sandbox_policy.clone());
        let runtime = &self.surroundings.runtime;
        let mut env = command_environment(&config.shell_environment, &runtime.env, &config.credential_variables());
        if policy.needs_sandbox() && !policy.network_enabled() {
            env.insert("CODEX_SANDBOX_NETWORK_DISABLED".into(), "1".into());
        }
        env.insert("PWD".into(), cwd.clone().into_os_string());
        for (name, value) in params.env.iter().flatten() {
            match value {
                Some(value) => env.insert(name.into(), value.into()),
                None => env.remove(std::ffi::OsStr::new(name)),
            };
        }
        let wrapped = wrap(&SandboxRequest {
            policy,
            boundary: codex_protocol::Boundary { network: None, ..config.boundary.clone() },
            codex_home: config.codex_home.clone(),
            proxy: None,
            landlock_only: config.feature("use_legacy_landlock"),
            announce: false,
            workspace: cwd.clone(),
            cwd: cwd.clone(),
            tmpdir: runtime.tmpdir.clone(),
            helper: runtime.codex_exe.clone(),
            argv: params.command.iter().map(Into::into).collect(),
        })
        .map_err(|error| Failure::internal(format!("failed to spawn command: {error}")))?;
        let env = wrapped.environment(env.into_iter().collect());
        let spec = SpawnSpec { program: wrapped.program, arg0: wrapped.arg0, args: wrapped.args, cwd, env, stdio };
        spawn(&spec).map_err(|error| match error.io() {
            Some(source) => Failure::internal(format!("failed to spawn command: {source}")),
            None => Failure::internal(format!("failed to spawn command: {error}")),
        })
    }
}

/// Waits for the end of a command, or brings it about.
async fn end_of(process: &Process, timeout: Option<Duration>, tty: bool, closed: &CancellationToken) -> i32 {
    let limit = async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        status = process.child.wait() => status.shell_code(),
        () = process.terminate.cancelled() => {
            process.child.kill(KILL_GRACE).await;
            if tty { 1 } else { TERMINATED }
        }
        () = closed.cancelled() => {
            process.child.kill(KILL_GRACE).await;
            TERMINATED
        }
        () = limit => {
            process.child.kill(KILL_GRACE).await;
            TIMED_OUT
        }
    }
}

/// Tells a client what its command prints, up to a number of bytes a stream.
struct Teller<'a> {
    id: String,
    cap: usize,
    /// Bytes told of standard output and of standard error.
    told: [usize; 2],
    connection: &'a Connection,
}

impl Teller<'_> {
    fn tell(&mut self, chunk: &Chunk, child: &Child) {
        let (stream, at) = match chunk.stream {
            Stream::Stdout => (wire::CommandExecOutputStream::Stdout, 0),
            Stream::Stderr => (wire::CommandExecOutputStream::Stderr, 1),
        };
        if self.told[at] >= self.cap {
            return;
        }
        let missed = if chunk.skipped > 0 { kept(child, chunk.stream, self.told[at], chunk.skipped) } else { Vec::new() };
        for bytes in [missed.as_slice(), chunk.bytes.as_slice()].into_iter().filter(|bytes| !bytes.is_empty()) {
            let room = self.cap - self.told[at];
            let shown = &bytes[..bytes.len().min(room)];
            self.told[at] += shown.len();
            let delta = wire::CommandExecOutputDeltaNotification {
                cap_reached: self.told[at] >= self.cap,
                delta_base64: STANDARD.encode(shown),
                process_id: self.id.clone(),
                stream,
            };
            let (method, text) = spelt_notification(&ServerNotification::CommandExecOutputDelta(delta));
            self.connection.notify(method, &text);
            if self.told[at] >= self.cap {
                return;
            }
        }
    }
}

/// Output that came too fast to be passed on as it came, as far as it was kept.
fn kept(child: &Child, stream: Stream, from: usize, skipped: u64) -> Vec<u8> {
    let capture = match stream {
        Stream::Stdout => Some(child.capture()),
        Stream::Stderr => child.error_capture(),
    };
    let bytes = capture.map(|capture| capture.snapshot(CaptureMode::Head).bytes).unwrap_or_default();
    let until = from.saturating_add(usize::try_from(skipped).unwrap_or(usize::MAX)).min(bytes.len());
    bytes.get(from..until).map(<[u8]>::to_vec).unwrap_or_default()
}
