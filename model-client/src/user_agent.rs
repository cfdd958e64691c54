//! The `user-agent` header: `<originator>/<version> (<os> <os version>; <arch>) <terminal> (<client>; <version>)`.

use std::fmt;
use std::fs;

/// What the header is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent {
    /// Such as `codex_exec`.
    pub originator: String,
    /// Version of this program.
    pub version: String,
    /// Name and version of the system, such as `Debian 12.0.0`.
    pub system: String,
    /// Such as `x86_64`.
    pub arch: String,
    /// `TERM_PROGRAM`, else `TERM`, else `unknown`.
    pub terminal: String,
    /// Name of the front-end, such as `codex-exec`.
    pub client: String,
}

impl UserAgent {
    /// The header for this machine.
    pub fn for_this_machine(originator: &str, version: &str, terminal: Option<&str>, client: &str) -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self {
            originator: originator.to_owned(),
            version: version.to_owned(),
            system: system_of(&release),
            arch: std::env::consts::ARCH.to_owned(),
            terminal: terminal.filter(|name| !name.is_empty()).unwrap_or("unknown").to_owned(),
            client: client.to_owned(),
        }
    }
}

impl fmt::Display for UserAgent {
    /// Characters that no header may hold become `_`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { originator, version, system, arch, terminal, client } = self;
        let text = format!("{originator}/{version} ({system}; {arch}) {terminal} ({client}; {version})");
        f.write_str(&text.replace(|letter: char| !(' '..='~').contains(&letter), "_"))
    }
}

/// `Debian 12.0.0` from the text of an `os-release` file.
fn system_of(release: &str) -> String {
    let value = |key: &str| {
        release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(|value| value.trim_matches(['"', '\'']).to_owned())
    };
    let name = value("NAME").and_then(|name| name.split_whitespace().next().map(str::to_owned)).unwrap_or_else(|| "Linux".to_owned());
    let Some(version) = value("VERSION_ID") else { return name };
    let dots = version.matches('.').count();
    format!("{name} {version}{}", ".0".repeat(2_usize.saturating_sub(dots)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_named_with_three_numbers() {
        assert_eq!(system_of("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"), "Debian 12.0.0");
        assert_eq!(system_of("NAME=Ubuntu\nVERSION_ID='24.04'"), "Ubuntu 24.04.0");
        assert_eq!(system_of("NAME=Arch"), "Arch");
        assert_eq!(system_of(""), "Linux");
    }

    #[test]
    fn the_header_has_its_form_and_only_plain_letters() {
        let agent = UserAgent {
            originator: "codex_exec".into(),
            version: "0.1.0".into(),
            system: "Debian 12.0.0".into(),
            arch: "x86_64".into(),
            terminal: "xterm\u{e9}".into(),
            client: "codex-exec".into(),
        };
        assert_eq!(agent.to_string(), "codex_exec/0.1.0 (Debian 12.0.0; x86_64) xterm_ (codex-exec; 0.1.0)");
    }
}
