//! The loop: keys, events of the thread and time come in, frames go out.
