//! The Responses wire. The canonical form is closest to it, so the encoder mostly writes items as they are.

mod decode;
mod encode;
mod event;

pub use decode::Decoder;
pub use encode::{encode, encode_adjusted};
pub(crate) use event::Usage;
