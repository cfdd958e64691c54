//! Prints `docs/config.md`: `cargo run -p codex-config --example config-docs > docs/config.md`.
#![allow(clippy::print_stdout)]

#[path = "../tests/suite/page.rs"]
mod page;

fn main() {
    print!("{}", page::page());
}
