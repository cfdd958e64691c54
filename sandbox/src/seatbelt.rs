//! The macOS sandbox as text: from what a policy comes to, to a profile in Seatbelt's language and the call that applies it.
//!
//! Pure, so that it is the same text on every system and can be read in a test; only `platform` knows whether there is a
//! `/usr/bin/sandbox-exec` to give it to. Everything is denied but what a rule allows, and of two rules the later one
//! counts. Paths never enter the text: they are handed over as parameters (`-D NAME=PATH`), so none needs escaping.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use codex_protocol::SandboxPolicy;
use codex_protocol::policy::PROTECTED_NAMES;

use crate::SandboxedCommand;
use crate::effective::{Effective, RootReason};

/// The system's own program; a path, so that nothing in `PATH` takes its place.
pub const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// What commands reach of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach<'a> {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// These TCP ports of this machine, where a proxy listens.
    Loopback(&'a [u16]),
}

/// A profile and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The text.
    pub text: String,
    /// The parameters that the text names.
    pub parameters: Vec<(String, PathBuf)>,
}

/// The call that runs `argv` under the policy.
///
/// Only to be used for a policy that needs a sandbox: for the others the profile allows no more than `read-only`.
pub fn command(effective: &Effective, reach: Reach<'_>, argv: &[OsString]) -> SandboxedCommand {
    let profile = profile(effective, reach);
    let mut args: Vec<OsString> = vec!["-p".into(), profile.text.into()];
    for (name, path) in profile.parameters {
        let mut definition = OsString::from(format!("-D{name}="));
        definition.push(path);
        args.push(definition);
    }
    args.push("--".into());
    args.extend_from_slice(argv);
    SandboxedCommand { program: SANDBOX_EXEC.into(), arg0: None, args, sandboxed: true }
}

/// Writes the profile.
pub fn profile(effective: &Effective, reach: Reach<'_>) -> Profile {
    let mut draft = Draft { text: BASE.to_owned(), parameters: Vec::new() };
    if matches!(effective.policy, SandboxPolicy::WorkspaceWrite { .. }) {
        draft.writing(effective);
    }
    draft.network(reach);
    draft.secrets(effective);
    draft.text.push_str(LAST_WORD);
    Profile { text: draft.text, parameters: draft.parameters }
}

/// Processes, reading and the services that a shell, git, cargo, node and python cannot do without.
const BASE: &str = r#"(version 1)
(deny default)

; Programs start programs, and deal with their own alone.
(allow process-exec)
(allow process-fork)
(allow process-info* (target same-sandbox))
(allow process-codesigning-status* (target same-sandbox))
(allow signal (target same-sandbox))

; The whole disk can be read; what cannot is taken out further down.
(allow file-read*)
(allow file-map-executable)

; Facts of the machine: processors, memory, versions.
(allow sysctl-read)

; Devices every program may expect, and terminals that were opened inside.
(allow file-write-data file-ioctl
  (literal "/dev/null")
  (literal "/dev/zero")
  (literal "/dev/random")
  (literal "/dev/urandom")
  (literal "/dev/tty"))
(allow file-write-data file-ioctl (literal "/dev/dtracehelper"))
(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))
(allow file-read* file-write* file-ioctl
  (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))
; A terminal that is a standard stream already: its settings, not its name.
(allow file-ioctl (regex #"^/dev/ttys[0-9]+$"))

; Semaphores (python's multiprocessing) and the notices of the C library.
(allow ipc-posix-sem)
(allow ipc-posix-shm-read* (ipc-posix-name "apple.shm.notification_center"))

; Users and groups, time zones, logs, the folder for temporary files.
(allow mach-lookup
  (global-name "com.apple.bsd.dirhelper")
  (global-name "com.apple.logd")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.system.notification_center")
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership"))
"#;

/// Names and certificates, for a network that is open.
const NETWORK_SERVICES: &str = r#"(allow system-socket)
(allow mach-lookup
  (global-name "com.apple.SystemConfiguration.configd")
  (global-name "com.apple.SystemConfiguration.DNSConfiguration")
  (global-name "com.apple.dnssd.service")
  (global-name "com.apple.networkd")
  (global-name "com.apple.trustd")
  (global-name "com.apple.trustd.agent"))
"#;

/// What no rule above may have opened.
const LAST_WORD: &str = r"
; No program that runs with another user's rights comes to be.
(deny file-write-setugid)
";

struct Draft {
    text: String,
    parameters: Vec<(String, PathBuf)>,
}

impl Draft {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    fn parameter(&mut self, name: &str, path: &Path) {
        self.parameters.push((name.to_owned(), path.to_owned()));
    }

    fn writing(&mut self, effective: &Effective) {
        self.text.push_str("\n; Writing: in the roots, but for the names that stay closed in each.\n");
        for (at, root) in effective.roots.iter().enumerate() {
            let name = format!("ROOT_{at}");
            self.parameter(&name, &root.path);
            self.line(format_args!("(allow file-write* (subpath (param \"{name}\")))"));
        }
        // The disk may take `.GIT` for `.git`, so names are closed in every case, whether or not they exist.
        for (at, root) in effective.roots.iter().enumerate() {
            if root.reason == RootReason::Memories {
                continue;
            }
            for closed in PROTECTED_NAMES {
                let pattern = in_any_case(closed);
                self.line(format_args!(
                    "(deny file-write* (regex (string-append \"^\" (regex-quote (param \"ROOT_{at}\")) \"/{pattern}(/|$)\")))"
                ));
            }
        }
        for (at, closed) in effective.protected.iter().filter(|closed| !is_named(effective, &closed.path)).enumerate() {
            let name = format!("CLOSED_{at}");
            self.parameter(&name, &closed.path);
            self.line(format_args!("(deny file-write* (subpath (param \"{name}\")))"));
        }
        // Notes may be kept although the folder they are in is closed.
        let memories = effective.roots.iter().enumerate().filter(|(_, root)| root.reason == RootReason::Memories);
        for (at, _) in memories {
            self.line(format_args!("(allow file-write* (subpath (param \"ROOT_{at}\")))"));
        }
    }

    fn network(&mut self, reach: Reach<'_>) {
        match reach {
            Reach::Nothing => self.text.push_str("\n; No network.\n"),
            Reach::Everything => {
                self.text.push_str("\n; The network is open.\n(allow network-outbound)\n(allow network-inbound)\n(allow network-bind)\n");
                self.text.push_str(NETWORK_SERVICES);
            }
            Reach::Loopback(ports) => {
                self.text.push_str("\n; Of the network, a proxy on this machine.\n");
                for port in ports {
                    self.line(format_args!("(allow network-outbound (remote tcp \"localhost:{port}\"))"));
                }
            }
        }
    }

    fn secrets(&mut self, effective: &Effective) {
        if effective.unreadable.is_empty() {
            return;
        }
        self.text.push_str("\n; What cannot be read, and thus not changed either.\n");
        self.parameter("WORKSPACE", &effective.workspace);
        for (at, item) in effective.unreadable.iter().enumerate() {
            let name = format!("UNREADABLE_{at}");
            match item.pattern.strip_prefix("**/") {
                Some(below) => {
                    let pattern = glob_pattern(below);
                    let roots = (0..effective.roots.len()).map(|at| format!("ROOT_{at}"));
                    for around in std::iter::once("WORKSPACE".to_owned()).chain(roots) {
                        self.line(format_args!(
                            "(deny file-read* file-write* (regex (string-append \"^\" (regex-quote (param \"{around}\")) \"/(.*/)?{pattern}(/|$)\")))"
                        ));
                    }
                }
                None if item.pattern.contains(['*', '?', '[']) => {
                    let (fixed, rest) = at_first_glob(&item.pattern);
                    self.parameter(&name, Path::new(fixed));
                    let pattern = glob_pattern(rest);
                    self.line(format_args!(
                        "(deny file-read* file-write* (regex (string-append \"^\" (regex-quote (param \"{name}\")) \"{pattern}(/|$)\")))"
                    ));
                }
                None => {
                    self.parameter(&name, Path::new(&item.pattern));
                    self.line(format_args!("(deny file-read* file-write* (subpath (param \"{name}\")))"));
                }
            }
        }
    }
}

/// Whether the rules for names cover a path already.
fn is_named(effective: &Effective, path: &Path) -> bool {
    effective.roots.iter().any(|root| PROTECTED_NAMES.iter().any(|name| path == root.path.join(name)))
}

/// A regular expression for a name in any case, as a string of Seatbelt's language holds it.
fn in_any_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut pattern, letter| {
        if letter.is_ascii_alphabetic() {
            let _ = write!(pattern, "[{}{}]", letter.to_ascii_lowercase(), letter.to_ascii_uppercase());
        } else {
            pattern.push_str(&quoted(letter));
        }
        pattern
    })
}

/// The part of a pattern without wild cards, and the rest.
fn at_first_glob(pattern: &str) -> (&str, &str) {
    pattern.split_at(pattern.find(['*', '?', '[']).unwrap_or(pattern.len()))
}

/// A glob as a regular expression: `*` and `?` stay within a name, `**` does not. A class that nobody ends is a plain bracket.
fn glob_pattern(glob: &str) -> String {
    let mut pattern = String::new();
    let mut rest = glob;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            pattern.push_str(".*");
            rest = after.strip_prefix('/').unwrap_or(after);
            continue;
        }
        match letter {
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            other => pattern.push_str(&quoted(other)),
        }
        rest = &rest[letter.len_utf8()..];
    }
    pattern
}

/// One character that means itself, in a regular expression in a string.
fn quoted(letter: char) -> String {
    match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\\\\\".to_owned(),
        '.' | '+' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' | '*' | '?' => format!("\\\\{letter}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_globs_become_patterns() {
        assert_eq!(in_any_case(".git"), "\\\\.[gG][iI][tT]");
        assert_eq!(glob_pattern(".env*"), "\\\\.env[^/]*");
        assert_eq!(glob_pattern("a?/**/k.pem"), "a[^/]/.*k\\\\.pem");
        assert_eq!(glob_pattern("we\"ird\\"), "we\\\"ird\\\\\\\\");
        assert_eq!(at_first_glob("/home/me/.ssh/*.pem"), ("/home/me/.ssh/", "*.pem"));
        assert_eq!(at_first_glob("/a"), ("/a", ""));
    }
}
