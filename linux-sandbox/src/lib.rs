//! The sandbox helper role and the command line that calls it.
