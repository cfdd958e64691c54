//! The HTTP side: reading heads (pure), and serving connections.

pub(crate) mod body;
pub(crate) mod head;
pub(crate) mod serve;
