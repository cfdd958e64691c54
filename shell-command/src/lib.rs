//! Reads shell lines: words, plain commands, patches inside, verdicts.
