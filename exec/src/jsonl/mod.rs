//! `--json`: the events and items of a run as programs read them, one JSON object a line.
//!
//! `event` and `item` are the wire form, `view` makes lines from what the thread tells, `encode` keeps
//! terminals safe. Nothing here writes; `output` does.

mod encode;
mod event;
mod item;
mod view;

pub(crate) use self::view::JsonView;
