//! Prints the signal this process gets when the one that started it dies, for a test.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let signal = rustix::process::parent_process_death_signal()?;
    writeln!(std::io::stdout(), "{:?}", signal.map(rustix::process::Signal::as_raw))
}
