mod asks;
mod bounds;
mod door;
mod harness;
mod refusals;
mod role;
mod traffic;
