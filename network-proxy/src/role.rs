//! The proxy as a process of its own beside one command, for a caller that becomes the command itself.
//!
//! Rules come on standard input ([`Rules::to_lines`]) up to its end, the folder for the socket as the only argument. The
//! socket's path goes to standard output, ended by a zero byte, when the command may be started. Hosts that are refused
//! are told on standard error, each once; nobody is asked. The process ends with the command, or with the process that
//! started it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::signal::unix::{SignalKind, signal};

use crate::audit::{Attempt, Verdict};
use crate::proxy::{Proxy, ProxyOptions};
use crate::rules::Rules;

/// The name the process is started under.
pub const ROLE: &str = "codex-network-proxy";

/// Rules are longer than this in nobody's hands.
const RULES_BYTES: u64 = 4 << 20;
/// Hosts that are told of; a command that tries more has made its point.
const TOLD: usize = 100;
/// How long connections may take to tell their ends when the command has ended.
const LAST_AUDIT: Duration = Duration::from_millis(500);

/// Plays the role and returns its exit code; `args` come without the name.
pub fn run_main(args: impl Iterator<Item = OsString>, stdin: &mut dyn Read, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    match serve(args, stdin, stdout, stderr) {
        Ok(()) => 0,
        Err(why) => {
            // With standard error closed there is nobody to tell.
            let _ = writeln!(stderr, "{ROLE}: {why}");
            1
        }
    }
}

fn serve(
    mut args: impl Iterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<(), String> {
    let (Some(sockets), None) = (args.next(), args.next()) else {
        return Err("one argument is needed: a folder for the socket".to_owned());
    };
    let mut text = String::new();
    stdin.take(RULES_BYTES).read_to_string(&mut text).map_err(|error| format!("cannot read the rules: {error}"))?;
    let rules = Rules::from_lines(&text).ok_or("standard input has no rules")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let done = runtime.block_on(beside(ProxyOptions::new(rules, sockets.into()), stdout, stderr));
    // A lookup may still hold a thread, and is of no use to anybody now.
    runtime.shutdown_background();
    done
}

async fn beside(options: ProxyOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), String> {
    // A sandbox that closes the network instead never comes to the door, and its end has to be noticed all the same.
    let mut parent_died = signal(SignalKind::terminate()).map_err(|error| format!("cannot wait for signals: {error}"))?;
    set_parent_process_death_signal(Some(Signal::TERM)).map_err(|error| format!("cannot follow its parent: {error}"))?;
    let setting = options.setting.clone();
    let (proxy, mut attempts) = Proxy::new(options);
    let door = proxy.door("command").map_err(|error| error.to_string())?;
    let told = tell_path(door.path().as_os_str().as_bytes(), stdout);
    told.map_err(|error| format!("cannot say where the socket is: {error}"))?;
    let mut hosts = HashSet::new();
    let watch = async {
        while let Some(attempt) = attempts.recv().await {
            report(&attempt, &setting, &mut hosts, stderr);
        }
    };
    tokio::pin!(watch);
    tokio::select! {
        () = &mut watch => {}
        () = door.closed() => {}
        _ = parent_died.recv() => {}
    }
    drop(proxy);
    let _ = tokio::time::timeout(LAST_AUDIT, watch).await;
    Ok(())
}

fn tell_path(path: &[u8], stdout: &mut dyn Write) -> io::Result<()> {
    stdout.write_all(path)?;
    stdout.write_all(&[0])?;
    stdout.flush()
}

fn report(attempt: &Attempt, setting: &str, hosts: &mut HashSet<String>, stderr: &mut dyn Write) {
    let (Verdict::Refused(refusal), Some(target)) = (&attempt.verdict, &attempt.target) else { return };
    if hosts.len() < TOLD && hosts.insert(target.to_string()) {
        let _ = writeln!(stderr, "codex sandbox: network: {}", refusal.explain(target, setting));
    }
}
