//! `[undo]`, and the limit of its former table.

use crate::config::{Config, UndoConfig};
use crate::schema::ConfigToml;

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml) {
    let undo = keys.undo.clone().unwrap_or_default();
    let UndoConfig { enabled, max_file_bytes, max_bytes } = UndoConfig::default();
    // Zero and less meant "no limit".
    let former = keys.ghost_snapshot.as_ref().and_then(|table| table.ignore_large_untracked_files);
    let former = former.map(|bytes| u64::try_from(bytes).ok().filter(|bytes| *bytes > 0).unwrap_or(u64::MAX));
    config.undo = UndoConfig {
        enabled: undo.enabled.unwrap_or(enabled),
        max_file_bytes: undo.max_file_bytes.or(former).unwrap_or(max_file_bytes),
        max_bytes: undo.max_bytes.unwrap_or(max_bytes),
    };
}
