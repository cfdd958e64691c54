//! The log file: for its owner alone, bounded, shared by all runs of the program.
//!
//! A file that has grown to its bound becomes `codex.log.1`, that one `codex.log.2`, and the last is dropped. Whatever goes
//! wrong here ends the logging to the file and nothing else.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, OFlags};
use tracing_subscriber::fmt::MakeWriter;

use super::{Folder, Scrubber};

/// Size at which a file is full.
const FULL: u64 = 4 * 1024 * 1024;

/// How many full files are kept.
const KEPT: u32 = 3;

/// The file, opened with its first line.
#[derive(Debug)]
pub(super) struct LogFile {
    folder: Folder,
    usual_folder: PathBuf,
    scrubber: Arc<Scrubber>,
    full: u64,
    /// Whether standard error may be told that lines are lost.
    tells: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Unopened,
    Open(File, PathBuf),
    Failed,
}

impl LogFile {
    /// A file in `folder`, in `usual_folder` while that is not known.
    pub(super) fn new(folder: Folder, usual_folder: PathBuf, scrubber: Arc<Scrubber>) -> Self {
        Self { folder, usual_folder, scrubber, full: FULL, tells: false, state: Mutex::new(State::Unopened) }
    }

    /// Has it told once on standard error when lines are lost.
    pub(super) fn telling(self) -> Self {
        Self { tells: true, ..self }
    }

    fn lost(&self, folder: &Path, error: &io::Error) {
        if self.tells {
            let path = path(folder, 0).display().to_string();
            let line = format!("warning: no log is kept: {path} cannot be written: {error}\n");
            // Nobody can be told when this fails.
            let _ = io::stderr().write_all(codex_exec::sanitize(&line).as_bytes());
        }
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let line = self.scrubber.scrub(line);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Unopened) {
            let folder = self.folder.get().unwrap_or(&self.usual_folder).clone();
            *state = match open(&folder) {
                Ok(file) => State::Open(file, folder),
                Err(error) => {
                    self.lost(&folder, &error);
                    State::Failed
                }
            };
        }
        let State::Open(file, folder) = &mut *state else { return Ok(()) };
        if file.metadata()?.len() + line.len() as u64 > self.full {
            *file = turn_over(file, folder)?;
        }
        file.write_all(&line)
    }
}

fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(if number == 0 { "codex.log".to_owned() } else { format!("codex.log.{number}") })
}

fn open(folder: &Path) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let no_links = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(no_links).open(path(folder, 0))
}

/// Puts a full file aside, unless another run has done so already.
fn turn_over(full: &File, folder: &Path) -> io::Result<File> {
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(folder.join(".lock"))?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
    let (ours, there) = (full.metadata()?, fs::symlink_metadata(path(folder, 0)));
    if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
        for number in (0..KEPT).rev() {
            // Gaps are where fewer files are there.
            let _ = fs::rename(path(folder, number), path(folder, number + 1));
        }
    }
    open(folder)
}

impl Write for &LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.append(line).is_err() {
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Failed;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn log(folder: &Path) -> LogFile {
        LogFile::new(Folder::default(), folder.to_path_buf(), Arc::default())
    }

    #[test]
    fn a_file_is_made_with_its_first_line_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("log");
        let log = log(&folder);
        assert!(!folder.exists());
        (&log).write_all(b"one with sk-abcdefghijklmnopqrstuv in it\n").unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(folder.join("codex.log")).unwrap().mode() & 0o777, 0o600);
        // X4
        assert_eq!(fs::read_to_string(folder.join("codex.log")).unwrap(), "one with [redacted] in it\n");
    }

    #[test]
    fn files_turn_over_when_full_and_stay_within_their_bound() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_path_buf();
        let full = 16 * 1024;
        let [one, other] = [(); 2].map(|()| LogFile { full, ..log(&folder) });
        let line = [b'x'; 1024];
        for _ in 0..6 * 16 {
            (&one).write_all(&line).unwrap();
            (&other).write_all(&line).unwrap();
        }
        let mut names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [".lock", "codex.log", "codex.log.1", "codex.log.2", "codex.log.3"]);
        for number in 0..=KEPT {
            assert!(fs::metadata(path(&folder, number)).unwrap().len() <= full, "{number}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_used_stops_nothing() {
        let log = log(Path::new("/proc/none/log"));
        (&log).write_all(b"lost\n").unwrap();
        (&log).write_all(b"lost too\n").unwrap();
    }

    #[test]
    fn a_link_in_the_place_of_the_file_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(home.path().join("elsewhere"), path(home.path(), 0)).unwrap();
        (&log(home.path())).write_all(b"lost\n").unwrap();
        assert!(!home.path().join("elsewhere").exists());
    }
}
