//! The Chat Completions wire, which hundreds of servers speak, each a little differently.

mod assemble;
mod decode;
mod details;
mod encode;
mod usage;

pub use decode::Decoder;
pub(super) use encode::encode;
