//! The terminal's modes while the screen is up: no line editing, pastes marked, keys told apart, focus told. Whatever ends the
//! program, they are put back: by [`Modes::leave`], when it is dropped, and by the hook for panics.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Marked pastes, kitty keys (else `modifyOtherKeys`), focus; then the questions whose answers are welcome at any time.
const ENTER: &str = "\x1b[?2004h\x1b[>4;1m\x1b[>7u\x1b[?1004h";
const ASK: &str = "\x1b[?u\x1b]11;?\x1b\\\x1b[c";
/// The same put back, with what an update may have left open.
const LEAVE: &str = "\x1b[?2026l\x1b[0m\x1b]0;\x1b\\\x1b[<1u\x1b[>4;0m\x1b[?2004l\x1b[?1004l\x1b[?25h";

/// Whether the alternate screen is shown, for whoever has to leave it without knowing the screen.
pub(super) static ON_ALTERNATE: AtomicBool = AtomicBool::new(false);

/// The modes of before, while ours are in force.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

fn before() -> MutexGuard<'static, Option<Termios>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Our modes are in force until this is dropped.
#[derive(Debug)]
pub struct Modes(());

impl Modes {
    /// Puts them in force.
    pub fn enter(out: &mut impl Write) -> io::Result<Self> {
        let stdin = rustix::stdio::stdin();
        let found = tcgetattr(stdin)?;
        let mut raw = found.clone();
        raw.make_raw();
        *before() = Some(found);
        let modes = Self(());
        tcsetattr(stdin, OptionalActions::Now, &raw)?;
        out.write_all(ENTER.as_bytes())?;
        out.write_all(ASK.as_bytes())?;
        out.flush()?;
        Ok(modes)
    }

    /// Puts back what was before.
    pub fn leave(self, out: &mut impl Write) -> io::Result<()> {
        let written = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        drop(self);
        written
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        put_back();
    }
}

/// Puts the modes of before back for a while, for another program on this terminal.
pub fn step_aside(out: &mut impl Write) -> io::Result<()> {
    if let Some(found) = &*before() {
        tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, found)?;
    }
    out.write_all(LEAVE.as_bytes())?;
    out.flush()
}

/// Puts ours in force again.
pub fn come_back(out: &mut impl Write) -> io::Result<()> {
    let stdin = rustix::stdio::stdin();
    if let Some(found) = &mut *before() {
        // Somebody may have changed what is put back at the end.
        *found = tcgetattr(stdin)?;
        let mut raw = found.clone();
        raw.make_raw();
        tcsetattr(stdin, OptionalActions::Now, &raw)?;
    }
    out.write_all(ENTER.as_bytes())?;
    out.flush()
}

/// Whether the line discipline is the one we asked for: a shell that stopped us has put its own back.
pub fn are_ours() -> bool {
    use rustix::termios::LocalModes;
    tcgetattr(rustix::stdio::stdin()).is_ok_and(|now| !now.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO))
}

/// Puts ours in force again after a stop before which nothing was put back.
pub fn come_back_after_stop(out: &mut impl Write) -> io::Result<()> {
    // What was pushed then is popped first.
    out.write_all(LEAVE.as_bytes())?;
    come_back(out)
}

/// Puts the line discipline back, once. Returns whether ours was in force.
fn put_back() -> bool {
    let Some(found) = before().take() else { return false };
    // A terminal that is gone needs nothing put back.
    let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &found);
    true
}

/// Has a panic put the modes back before it is told.
pub fn restore_on_panic() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if put_back() {
            let mut out = io::stdout();
            // Where it was not entered, leaving it would move the cursor.
            let whole: &[u8] = if ON_ALTERNATE.load(Ordering::Relaxed) { b"\x1b[?1049l" } else { b"" };
            let _ = out.write_all(whole).and_then(|()| out.write_all(LEAVE.as_bytes())).and_then(|()| out.write_all(b"\r\n"));
            let _ = out.flush();
        }
        told(panic);
    }));
}
