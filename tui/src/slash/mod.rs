//! The commands behind `/`, one file each.
