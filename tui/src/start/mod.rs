//! Before the first thread: checks of the terminal, sign-in, trust.
