//! May this run, and how: decided by parsed commands and policies, never by the model's words.

pub(crate) mod decide;
pub(crate) mod denials;
