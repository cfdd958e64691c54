//! Repository facts read in-process.
