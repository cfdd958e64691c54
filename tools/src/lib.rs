//! The built-in tools, one file each, and the registry that finds them.
