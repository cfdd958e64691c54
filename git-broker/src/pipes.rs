//! The pipes of one request, from both ends.
//!
//! The folder belongs to processes nobody trusts, so the broker opens what it finds there without following links, without
//! waiting, and takes nothing but pipes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::wire::{CALLS, LIMIT, NAME_LENGTH, QUEUE, Request};

const REQUEST: &str = "request";
const IN: &str = "in";
const OUT: &str = "out";
const ERR: &str = "err";
const END: &str = "end";

/// What the broker says when it has opened the pipes.
const STARTED: u8 = b's';

/// How long the broker may take to open the pipes. It does nothing else before that.
const PATIENCE: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

/// The broker's ends.
pub(crate) struct BrokerEnds {
    pub(crate) input: File,
    pub(crate) out: File,
    pub(crate) err: File,
    end: File,
}

impl BrokerEnds {
    /// Opens the pipes in `folder` and tells the client.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let folder = open_folder(folder)?;
        let mut ends = Self {
            input: open_pipe(&folder, IN, OFlags::RDONLY)?,
            out: open_pipe(&folder, OUT, OFlags::WRONLY)?,
            err: open_pipe(&folder, ERR, OFlags::WRONLY)?,
            end: open_pipe(&folder, END, OFlags::WRONLY)?,
        };
        ends.end.write_all(&[STARTED])?;
        Ok(ends)
    }

    /// Says a line where the command's errors go.
    pub(crate) fn say(&mut self, line: &str) {
        // A client that is gone needs no words.
        let _ = self.err.write_all(format!("{line}\n").as_bytes());
    }

    /// Waits until the child behind `pidfd` has ended or the client has gone; whether the child has ended.
    pub(crate) fn wait_for(&self, pidfd: &OwnedFd) -> bool {
        loop {
            let mut waiting = [PollFd::new(pidfd, PollFlags::IN), PollFd::new(&self.end, PollFlags::empty())];
            match poll(&mut waiting, None) {
                Err(Errno::INTR) => {}
                Err(_) => return true,
                Ok(_) if !waiting[0].revents().is_empty() => return true,
                Ok(_) if !waiting[1].revents().is_empty() => return false,
                Ok(_) => {}
            }
        }
    }

    /// Says the exit code, after everything else.
    pub(crate) fn finish(self, code: u8) {
        let Self { input, out, err, mut end } = self;
        drop((input, out, err));
        let _ = end.write_all(format!("{code}\n").as_bytes());
    }
}

/// Reads the request in `folder`.
pub(crate) fn read_request(folder: &Path) -> io::Result<Request> {
    let folder = open_folder(folder)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(&folder, REQUEST, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Request::decode(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn open_folder(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, folder, flags, Mode::empty())?)
}

fn open_pipe(folder: &OwnedFd, name: &str, access: OFlags) -> io::Result<File> {
    // Without a reader, opening for writing fails instead of waiting.
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let pipe = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&pipe)?.st_mode) != FileType::Fifo {
        return Err(io::ErrorKind::InvalidData.into());
    }
    wait_on_use(&pipe)?;
    Ok(File::from(pipe))
}

/// Lets reading and writing wait, which opening did not.
fn wait_on_use(pipe: impl AsFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(&pipe)?;
    Ok(rustix::fs::fcntl_setfl(pipe, flags - OFlags::NONBLOCK)?)
}

/// Hands a request in and plays the part of the program; its exit code.
pub(crate) fn call(private: &Path, request: &Request, reads_stdin: bool) -> io::Result<u8> {
    let folder = private.join(QUEUE).join(random_name()?);
    rustix::fs::mkdirat(CWD, &folder, Mode::RWXU)?;
    let folder = Cleared(folder);
    fs::write(folder.0.join(REQUEST), request.encode())?;
    for name in [IN, OUT, ERR, END] {
        rustix::fs::mkfifoat(CWD, folder.0.join(name), Mode::RUSR | Mode::WUSR)?;
    }
    let open = |name: &str, access| open_pipe(&open_folder(&folder.0)?, name, access);
    let (out, err, mut end) = (open(OUT, OFlags::RDONLY)?, open(ERR, OFlags::RDONLY)?, open(END, OFlags::RDONLY)?);
    // Both ends, so that the broker's opening finds a writer.
    let held_input = open(IN, OFlags::RDWR)?;
    hand_in(private, &folder.0)?;
    if !said_started(&mut end)? {
        return Err(io::Error::other("the broker gave no answer"));
    }
    let copies = [copy(out, io::stdout()), copy(err, io::stderr())];
    if reads_stdin {
        // Not waited for: the program may end before its input does.
        drop(copy(io::stdin(), open(IN, OFlags::WRONLY)?));
    }
    drop(held_input);
    let mut answer = String::new();
    end.read_to_string(&mut answer)?;
    for copy in copies {
        let _ = copy.join();
    }
    answer.trim_end().parse().map_err(|_| io::Error::other("the broker ended without an answer"))
}

fn hand_in(private: &Path, folder: &Path) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let calls = rustix::fs::openat(CWD, private.join(CALLS), flags, Mode::empty())
        .map_err(|error| if error == Errno::NXIO { io::Error::other("the broker is not running") } else { error.into() })?;
    wait_on_use(&calls)?;
    let mut line = folder.file_name().unwrap_or_default().as_bytes().to_vec();
    line.push(b'\n');
    File::from(calls).write_all(&line)
}

fn said_started(end: &mut File) -> io::Result<bool> {
    loop {
        let mut waiting = [PollFd::new(&*end, PollFlags::IN)];
        match poll(&mut waiting, Some(&PATIENCE)) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(0) => return Ok(false),
            Ok(_) => break,
        }
    }
    let mut word = [0];
    Ok(end.read(&mut word)? == 1 && word[0] == STARTED)
}

fn copy(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) -> JoinHandle<()> {
    std::thread::spawn(move || {
        // When the reader is gone the writer learns it from its pipe, as it would without us.
        let _ = io::copy(&mut from, &mut to).and_then(|_| to.flush());
    })
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0_u8; NAME_LENGTH / 2];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A folder that goes with its owner.
struct Cleared(PathBuf);

impl Drop for Cleared {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn private() -> tempfile::TempDir {
        let private = tempfile::tempdir().unwrap();
        fs::create_dir(private.path().join(QUEUE)).unwrap();
        rustix::fs::mkfifoat(CWD, private.path().join(CALLS), Mode::RWXU).unwrap();
        private
    }

    #[test]
    fn a_request_gets_an_answer_through_its_pipes() {
        let private = private();
        let calls = rustix::fs::openat(CWD, private.path().join(CALLS), OFlags::RDWR, Mode::empty()).unwrap();
        let queue = private.path().join(QUEUE);
        let broker = std::thread::spawn(move || {
            let mut name = [0; NAME_LENGTH + 1];
            File::from(calls).read_exact(&mut name).unwrap();
            assert!(name[..NAME_LENGTH].iter().all(u8::is_ascii_hexdigit));
            let folder = queue.join(std::str::from_utf8(&name[..NAME_LENGTH]).unwrap());
            let request = read_request(&folder).unwrap();
            let mut ends = BrokerEnds::open(&folder).unwrap();
            ends.say("a line");
            ends.finish(3);
            request
        });
        let request = Request { cwd: "/w".into(), argv: vec![OsString::from("add")], ..Request::default() };
        assert_eq!(call(private.path(), &request, false).unwrap(), 3);
        assert_eq!(broker.join().unwrap(), request);
        assert_eq!(fs::read_dir(private.path().join(QUEUE)).unwrap().count(), 0);
    }

    #[test]
    fn without_a_broker_nobody_waits() {
        let private = private();
        let error = call(private.path(), &Request::default(), false).unwrap_err();
        assert_eq!(error.to_string(), "the broker is not running");
    }

    #[test]
    fn links_and_files_in_place_of_pipes_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in [IN, OUT, ERR, END] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(BrokerEnds::open(folder.path()).is_err());
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join(REQUEST)).unwrap();
        assert!(read_request(folder.path()).is_err());
        assert!(BrokerEnds::open(&folder.path().join("gone")).is_err());
    }
}
