//! Talks to model servers: one trait, several wires.
