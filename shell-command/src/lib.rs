//! Reads shell command lines without running them: the plain commands of a script, a patch that a
//! script would apply, whether a command destroys things, and what its parts do for people to see.
//!
//! One parser (tree-sitter-bash) serves every question, and what it does not fully understand is
//! never taken for harmless. A parser is made per question, so nothing is paid at start.
//!
//! **Not here:** rules from files (`codex-execpolicy`), running anything (`codex-process`), the
//! meaning of a patch (`codex-apply-patch`).
//!
//! ```
//! use codex_shell_command::{join, plain_commands, shell_script};
//!
//! let argv: Vec<String> = ["bash", "-lc", "cat 'a b' | wc -l"].map(String::from).into();
//! assert_eq!(join(&argv), r#"bash -lc "cat 'a b' | wc -l""#);
//! let commands = plain_commands(shell_script(&argv).unwrap()).unwrap();
//! assert_eq!(commands, [vec!["cat", "a b"], vec!["wc", "-l"]]);
//! assert_eq!(plain_commands("cat $(ls)"), None);
//! ```

mod argv;
mod danger;
mod patch_call;
mod plain;
mod summary;
mod syntax;
mod word;

pub use self::argv::{join, shell_script};
pub use self::danger::is_dangerous;
pub use self::patch_call::{PatchCall, patch_heredoc};
pub use self::plain::{Joint, PlainCommand, PlainScript, plain_commands, plain_script};
pub use self::summary::summarize;
pub use self::word::Word;
