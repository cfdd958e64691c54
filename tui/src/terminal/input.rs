//! The one reader of the terminal's input: a thread that waits, so that nothing else ever touches it. It can be paused for a
//! program that needs the terminal for itself.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc as sync;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc;

/// Reads of at most 4 KiB that may wait for the loop: a paste that is larger waits in the kernel.
const WAITING: usize = 64;

/// What the reading thread is told.
enum Order {
    /// Stop reading; say so.
    Pause(sync::Sender<()>),
    Resume,
}

/// The reader.
#[derive(Debug)]
pub struct Keyboard {
    bytes: mpsc::Receiver<Vec<u8>>,
    orders: sync::Sender<Order>,
    wake: OwnedFd,
}

impl Keyboard {
    /// Starts to read standard input.
    pub fn start() -> io::Result<Self> {
        let input = rustix::io::dup(rustix::stdio::stdin())?;
        Self::reading(input)
    }

    /// Starts to read a terminal.
    pub fn reading(input: OwnedFd) -> io::Result<Self> {
        let (woken, wake) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let (orders, told) = sync::channel();
        let (sender, bytes) = mpsc::channel(WAITING);
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || read(&input, &woken, &told, &sender))?;
        Ok(Self { bytes, orders, wake })
    }

    /// The next bytes; `None` once the terminal is gone.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.bytes.recv().await
    }

    /// Stops reading; returns when nothing is read any more.
    pub fn pause(&self) {
        let (done, paused) = sync::channel();
        if self.order(Order::Pause(done)) {
            // The thread is gone when this fails, and reads nothing either.
            let _ = paused.recv();
        }
    }

    /// Goes on reading.
    pub fn resume(&self) {
        self.order(Order::Resume);
    }

    fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok() && rustix::io::write(&self.wake, b"!").is_ok()
    }
}

fn read(input: &OwnedFd, woken: &OwnedFd, told: &sync::Receiver<Order>, sender: &mpsc::Sender<Vec<u8>>) {
    let mut buffer = [0_u8; 4096];
    loop {
        let mut ready = [PollFd::new(input, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return,
        }
        let [typed, order] = ready.map(|fd| !fd.revents().is_empty());
        if order {
            match rustix::io::read(woken, &mut [0_u8; 1]) {
                Ok(1) => {}
                // The other end is gone with the program.
                _ => return,
            }
            if !obey(woken, told) {
                return;
            }
        } else if typed {
            match rustix::io::read(input.as_fd(), &mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    if sender.blocking_send(buffer[..count].to_vec()).is_err() {
                        return;
                    }
                }
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(_) => return,
            }
        }
    }
}

/// Carries one order out; a pause lasts until the next order. `false` when nobody gives orders any more.
fn obey(woken: &OwnedFd, told: &sync::Receiver<Order>) -> bool {
    loop {
        match told.recv() {
            Ok(Order::Resume) => return true,
            // Whoever waits may have gone.
            Ok(Order::Pause(done)) => _ = done.send(()),
            Err(_) => return false,
        }
        // Each order comes with a byte, which would wake again for an order that was carried out.
        if !matches!(rustix::io::read(woken, &mut [0_u8; 1]), Ok(1)) {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_typed_after_a_pause_is_read() {
        let (input, typed) = rustix::pipe::pipe().unwrap();
        let mut keyboard = Keyboard::reading(input).unwrap();
        for round in [b"1", b"2", b"3"] {
            rustix::io::write(&typed, round).unwrap();
            assert_eq!(keyboard.next().await.unwrap(), round);
            keyboard.pause();
            keyboard.resume();
        }
        drop(typed);
        assert_eq!(keyboard.next().await, None);
    }
}
