//! Keys to named actions, by context, with the user's changes. Does not read the terminal.
