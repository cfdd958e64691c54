//! How much and how long.

use std::time::Duration;

/// Bounds of a proxy. The defaults are what the security contract names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request head, or of an answer's.
    pub head_bytes: usize,
    /// From accepting a connection to its whole request.
    pub handshake: Duration,
    /// Looking up a name.
    pub lookup: Duration,
    /// Connecting to all addresses of a host.
    pub connect: Duration,
    /// Silence in both directions; a connection ends after once to twice of it.
    pub idle: Duration,
    /// Connections served at a time; more are turned away.
    pub connections: usize,
    /// Attempts that wait to be read by the audit; then connections wait.
    pub audit_queue: usize,
    /// From asking for a door to the helper's coming.
    pub door: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 * 1024,
            handshake: Duration::from_secs(10),
            lookup: Duration::from_secs(10),
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(300),
            connections: 256,
            audit_queue: 256,
            door: Duration::from_secs(60),
        }
    }
}
