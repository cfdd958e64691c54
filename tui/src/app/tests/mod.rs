//! The whole loop on a terminal that is played, with an agent that is played.

mod agent;
mod commands;
mod guard;
mod keys;
mod law;
mod pace;
mod random;
mod screens;
mod sources;
mod stage;
mod terminal;
