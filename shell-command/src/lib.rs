//! Reads shell command lines without running them: the plain commands of a script, a patch that a
//! script would apply, whether a command is known to be safe or to destroy things, and what its parts do for people to see.
//!
//! One parser (tree-sitter-bash) serves every question, and what it does not fully understand is
//! never taken for harmless. A parser is made per question, so nothing is paid at start. Nothing ambient is read: the
//! folders, the search path and facts about files come in as [`Surroundings`].
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
mod braces;
mod classify;
mod danger;
mod heredoc;
mod patch_call;
mod plain;
mod reduce;
mod summary;
mod surroundings;
mod syntax;
mod word;

pub use self::argv::{join, shell_script};
pub use self::classify::{Verdict, classify, classify_leaves, trusted_program};
pub use self::danger::{Danger, dangers, destroys_root, is_dangerous, mentioned_commands};
pub use self::patch_call::{PatchCall, patch_heredoc};
pub use self::plain::{Joint, PlainCommand, PlainScript, Unparsed, plain_commands, plain_script};
pub use self::reduce::{Reduction, Script, reduce};
pub use self::summary::summarize;
pub use self::surroundings::{FileFacts, FileKind, Lookup, OnDisk, Surroundings};
pub use self::word::Word;
