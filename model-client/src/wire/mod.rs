//! Translation between the canonical form and what servers speak, one folder per wire.
//!
//! Pure: no sockets, no clocks but the one for named waits. Each wire has an encoder and a decoder.

pub mod responses;
