//! Opens a page in the user's browser.
//!
//! By argv, never through a shell, and `https` alone (L6). The opener is looked for outside of the workspace, so that nothing a
//! repository brings is started (A28), and it is told no key of ours.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use codex_core::find_program;

/// Programs that open a page, best first.
const OPENERS: &[&str] = if cfg!(target_os = "macos") { &["open"] } else { &["xdg-open", "wslview"] };

/// What the program was started in, as far as it counts here.
pub(crate) struct Desktop<'a> {
    /// The variables, with a search path outside of the workspace.
    pub(crate) env: &'a std::collections::BTreeMap<OsString, OsString>,
    /// Variables that hold credentials.
    pub(crate) secrets: &'a [String],
}

impl Desktop<'_> {
    /// Opens a page if there is a screen and a program for it. Says whether one was started; it is not waited for.
    pub(crate) fn open(&self, url: &str) -> bool {
        if !url.starts_with("https://") || !self.has_screen() {
            return false;
        }
        let Some(path) = self.env.get(OsStr::new("PATH")) else { return false };
        let Some(opener) = OPENERS.iter().find_map(|name| find_program(OsStr::new(name), path)) else { return false };
        #[expect(clippy::disallowed_methods, reason = "a browser outlives this program, which is what the process crate prevents")]
        let mut command = std::process::Command::new(opener);
        command
            .arg(url)
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .current_dir("/");
        for name in self.secrets {
            command.env_remove(name);
        }
        command.spawn().is_ok()
    }

    fn has_screen(&self) -> bool {
        let set = |name: &str| self.env.get(OsStr::new(name)).is_some_and(|value| !value.is_empty());
        cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
    }
}
