//! A proxy (HTTP CONNECT, plain HTTP, SOCKS5) that reaches only the hosts its rules allow, and tells of every attempt.
//!
//! **Not here:** who decides about a host without a rule (`codex-core`), how commands are kept from going around it
//! (`codex-linux-sandbox`).
