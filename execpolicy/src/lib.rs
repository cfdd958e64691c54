//! Rule files (Starlark) and what they say about a command: allow, ask, or forbid.
//!
//! **Not here:** running commands, taking shell lines apart (`codex-shell-command`), asking anybody (`codex-core`).
