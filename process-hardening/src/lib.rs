//! No core dumps, not dumpable, loader variables scrubbed.
