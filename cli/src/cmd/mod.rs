//! One file per subcommand.

pub(crate) mod completion;
pub(crate) mod demo;
pub(crate) mod exec;
pub(crate) mod execpolicy;
pub(crate) mod rules;
pub(crate) mod sandbox;
