//! Appends whole lines to a file that may refuse them.
//!
//! The file is always a prefix of what was recorded, in whole lines: a line that fails half-way is
//! cut off again, and it and all later ones wait for the next try. So a disk that was full for a
//! while costs nothing, and one that stays full never leaves a hole in the middle.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

/// Lines that wait for a file to accept them; beyond this the recording ends for good.
const MOST_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// What lines are appended to.
pub(crate) trait Sink {
    /// Appends some of the bytes and says how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Cuts the end off.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Opens the sink when the first line comes, and again when that failed.
pub(crate) type Open<S> = Box<dyn FnMut() -> io::Result<Opened<S>> + Send>;

/// A sink ready for lines.
pub(crate) struct Opened<S> {
    pub(crate) sink: S,
    /// Whether what is there already ends in the middle of a line.
    pub(crate) torn: bool,
}

/// Appends lines in order.
pub(crate) struct LineWriter<S> {
    open: Open<S>,
    opened: Option<Opened<S>>,
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    gave_up: bool,
}

impl<S: Sink> LineWriter<S> {
    pub(crate) fn new(open: Open<S>) -> Self {
        Self { open, opened: None, waiting: VecDeque::new(), waiting_bytes: 0, gave_up: false }
    }

    /// Takes a line, newline included, and tries to bring everything that waits into the file.
    pub(crate) fn put(&mut self, line: Vec<u8>) -> io::Result<()> {
        if !self.gave_up {
            self.waiting_bytes += line.len();
            self.waiting.push_back(line);
        }
        let result = self.settle();
        if result.is_err() && self.waiting_bytes > MOST_WAITING_BYTES {
            self.gave_up = true;
            self.waiting = VecDeque::new();
            self.waiting_bytes = 0;
        }
        result
    }

    /// Lets go of the file; the next line opens it again.
    pub(crate) fn close(&mut self) {
        self.opened = None;
    }

    /// Tries to bring everything that waits into the file.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        if self.gave_up {
            return Err(io::Error::other("too much waits to be written"));
        }
        while let Some(line) = self.waiting.front() {
            let opened = match &mut self.opened {
                Some(opened) => opened,
                closed => closed.insert((self.open)()?),
            };
            opened.append_line(line)?;
            self.waiting_bytes -= line.len();
            self.waiting.pop_front();
        }
        Ok(())
    }
}

impl<S: Sink> Opened<S> {
    fn append_line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            // The torn piece becomes a damaged line of its own.
            self.append_whole(b"\n")?;
            self.torn = false;
        }
        self.append_whole(line)
    }

    fn append_whole(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            let error = match self.sink.append(&bytes[written..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(more) => {
                    written += more;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            if written > 0 {
                self.torn = self.cut_off(written).is_err();
            }
            return Err(error);
        }
        Ok(())
    }

    fn cut_off(&mut self, bytes: usize) -> io::Result<()> {
        let length = self.sink.length()?.saturating_sub(bytes as u64);
        self.sink.cut(length)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use pretty_assertions::assert_eq;

    use super::*;

    /// A disk of so many bytes, which takes what fits.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<Inner>>);

    #[derive(Default)]
    struct Inner {
        text: Vec<u8>,
        room: usize,
        cuts_fail: bool,
        opens_fail: bool,
        /// How many calls succeed before those in `failing` fail.
        calls: usize,
        failing: std::ops::Range<usize>,
    }

    impl Inner {
        /// Counts a call, and fails it when it is its turn.
        fn call(&mut self) -> io::Result<()> {
            let number = self.calls;
            self.calls += 1;
            if self.failing.contains(&number) { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
        }
    }

    impl Sink for Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            disk.call()?;
            let fits = bytes.len().min(disk.room - disk.text.len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.text.extend(&bytes[..fits]);
            Ok(fits)
        }

        fn length(&self) -> io::Result<u64> {
            Ok(self.0.lock().unwrap().text.len() as u64)
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            let mut disk = self.0.lock().unwrap();
            disk.call()?;
            if disk.cuts_fail {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            disk.text.truncate(length as usize);
            Ok(())
        }
    }

    impl Disk {
        fn with_room(room: usize) -> Self {
            let disk = Self::default();
            disk.change(|inner| inner.room = room);
            disk
        }

        fn change(&self, change: impl FnOnce(&mut Inner)) {
            change(&mut self.0.lock().unwrap());
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().text.clone()).unwrap()
        }

        fn writer(&self, torn: bool) -> LineWriter<Self> {
            let disk = self.clone();
            LineWriter::new(Box::new(move || {
                disk.0.lock().unwrap().call()?;
                if disk.0.lock().unwrap().opens_fail {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
                Ok(Opened { sink: disk.clone(), torn })
            }))
        }
    }

    #[test]
    fn a_line_that_does_not_fit_is_cut_off_and_written_when_there_is_room() {
        let disk = Disk::with_room(7);
        let mut writer = disk.writer(false);
        writer.put(b"one\n".to_vec()).unwrap();
        assert_eq!(writer.put(b"two\n".to_vec()).unwrap_err().kind(), io::ErrorKind::StorageFull);
        writer.put(b"three\n".to_vec()).unwrap_err();
        assert_eq!(disk.text(), "one\n");
        disk.change(|inner| inner.room = 100);
        writer.settle().unwrap();
        assert_eq!(disk.text(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_piece_that_cannot_be_cut_off_becomes_a_line_of_its_own() {
        let disk = Disk::with_room(6);
        disk.change(|inner| inner.cuts_fail = true);
        let mut writer = disk.writer(false);
        writer.put(b"one\n".to_vec()).unwrap();
        writer.put(b"two\n".to_vec()).unwrap_err();
        disk.change(|inner| inner.room = 100);
        writer.put(b"three\n".to_vec()).unwrap();
        assert_eq!(disk.text(), "one\ntw\ntwo\nthree\n");
    }

    #[test]
    fn a_file_that_ends_in_a_torn_line_gets_a_newline_first() {
        let disk = Disk::with_room(100);
        disk.change(|inner| inner.text = b"one\ntw".to_vec());
        disk.writer(true).put(b"three\n".to_vec()).unwrap();
        assert_eq!(disk.text(), "one\ntw\nthree\n");
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_tried_again() {
        let disk = Disk::with_room(100);
        disk.change(|inner| inner.opens_fail = true);
        let mut writer = disk.writer(false);
        writer.put(b"one\n".to_vec()).unwrap_err();
        disk.change(|inner| inner.opens_fail = false);
        writer.put(b"two\n".to_vec()).unwrap();
        assert_eq!(disk.text(), "one\ntwo\n");
    }

    /// H1: whichever call fails, and for however long, the file is a beginning of what was recorded in whole lines, and it is
    /// complete once calls succeed again.
    #[test]
    fn whichever_call_fails_no_line_is_lost_doubled_or_half_written() {
        let lines: Vec<String> = (0..12).map(|number| format!("line number {number}\n")).collect();
        let whole = lines.concat();
        for first in 0..30 {
            for length in [1, 2, 5, usize::MAX - 100] {
                let disk = Disk::with_room(10_000);
                disk.change(|inner| inner.failing = first..first.saturating_add(length));
                let mut writer = disk.writer(false);
                for line in &lines {
                    let _ = writer.put(line.clone().into_bytes());
                    let text = disk.text();
                    assert!(whole.starts_with(&text) && (text.is_empty() || text.ends_with('\n')), "call {first}: {text:?}");
                }
                disk.change(|inner| inner.failing = 0..0);
                writer.settle().unwrap();
                assert_eq!(disk.text(), whole, "call {first}, {length} in a row");
            }
        }
    }

    #[test]
    fn what_waits_is_bounded_and_no_hole_appears_when_the_bound_is_met() {
        let disk = Disk::with_room(4);
        let mut writer = disk.writer(false);
        writer.put(b"one\n".to_vec()).unwrap();
        writer.put(b"two\n".to_vec()).unwrap_err();
        writer.put(vec![b'x'; MOST_WAITING_BYTES]).unwrap_err();
        disk.change(|inner| inner.room = usize::MAX);
        writer.put(b"four\n".to_vec()).unwrap_err();
        writer.settle().unwrap_err();
        assert_eq!(disk.text(), "one\n");
    }
}
