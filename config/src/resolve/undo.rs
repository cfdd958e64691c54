//! `[undo]` with the limit of its former table, and `[retention]`.

use crate::config::{Config, RetentionConfig, UndoConfig};
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
    let retention = keys.retention.clone().unwrap_or_default();
    let usual = RetentionConfig::default();
    config.retention = RetentionConfig {
        max_age_days: retention.max_age_days,
        max_total_bytes: retention.max_total_bytes,
        keep_archived: retention.keep_archived.unwrap_or(usual.keep_archived),
        keep_named: retention.keep_named.unwrap_or(usual.keep_named),
        undo_max_age_days: retention.undo_max_age_days.unwrap_or(usual.undo_max_age_days),
    };
}
