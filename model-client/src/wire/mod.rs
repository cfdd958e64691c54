//! The wires: each turns a prompt into the body of a request, and the bytes of an answer into events.
//!
//! Pure translation. The canonical form is close to the Responses wire; the two others are built from one common
//! view of a conversation ([`transcript`]), because both want turns in which calls and results stand together.

mod arguments;
mod calls;
mod caps;
pub mod chat;
mod decoder;
mod form;
pub mod messages;
mod names;
pub mod responses;
mod text_calls;
mod text_screen;
mod tools;
mod transcript;

pub use caps::Caps;
pub use decoder::Decoder;
pub use form::WireForm;
pub use tools::Offered;
