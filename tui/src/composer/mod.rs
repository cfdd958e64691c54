//! The text being written: editing, pastes, images, history, popups. Knows no thread and no terminal: keys in, outcome out.
