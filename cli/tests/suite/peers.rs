//! Where programs of others are that the tests run against.

use std::path::{Path, PathBuf};

/// Where the peers are.
pub(crate) fn peers(what: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one variable that the tests of peers are told by")]
    let (folder, ci) = (std::env::var_os("CODEX_MCP_PEERS"), std::env::var_os("CI"));
    let folder = folder.map(PathBuf::from).filter(|folder| folder.join(".complete").exists());
    if folder.is_none() {
        assert!(ci.is_none_or(|ci| ci != "true"), "{what}: the peers are not installed, see .ci/run");
        println!("skipped: CODEX_MCP_PEERS names no folder with peers: {what}");
    }
    folder
}

/// A program of npm among them.
pub(crate) fn bin(peers: &Path, name: &str) -> PathBuf {
    peers.join("node_modules/.bin").join(name)
}
