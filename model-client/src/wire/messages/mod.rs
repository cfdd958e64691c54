//! The Anthropic Messages wire.

mod blocks;
mod decode;
mod encode;
mod thinking;

pub use decode::Decoder;
pub(super) use encode::encode;
