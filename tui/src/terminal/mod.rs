//! The one place that writes to the terminal and reads from it: modes, the inline part, scrollback, the screen of overlays.
