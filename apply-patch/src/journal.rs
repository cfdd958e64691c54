//! A note on disk of a patch that is being applied, so that one that was cut off by a kill is finished later.
//!
//! The note is whole before the first file is touched: it names every step and the names under which old and new files wait.
//! From it and from what is on disk [`recover`] tells how far the patch came, and takes it back; a patch whose every step was
//! done is only tidied up. Its owner holds a lock on the note, so a patch at work is never taken for one that was cut off.
//! **Not here:** the steps themselves (`apply`).

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::apply::{Aside, Reach};
use crate::overlay::{Attributes, Stamp};
use crate::plan::{Action, Step};
use crate::rollback::roll_back;

const VERSION: u32 = 1;
const EXTENSION: &str = "journal";

/// A patch that was cut off, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Whether all of it had been done. Otherwise it was taken back.
    pub completed: bool,
    /// What was put back as it had been before the patch.
    pub restored: Vec<PathBuf>,
    /// What somebody changed since, or could not be put back, and is left as it is.
    pub left: Vec<PathBuf>,
}

/// A path as it stands in the note: names need not be text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct NotedPath(pub(crate) PathBuf);

impl From<NotedPath> for String {
    fn from(path: NotedPath) -> Self {
        to_hex(path.0.as_os_str().as_bytes())
    }
}

impl TryFrom<String> for NotedPath {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        Ok(Self(std::ffi::OsString::from_vec(from_hex(&hex).ok_or("no hexadecimal path")?).into()))
    }
}

/// What tells a file by place rather than by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inode {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
}

impl From<&Stamp> for Inode {
    fn from(stamp: &Stamp) -> Self {
        Self { dev: stamp.dev, ino: stamp.ino }
    }
}

/// One step as it is noted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum NotedStep {
    /// A directory is made.
    Directory { real: NotedPath },
    /// A file is made whole under the name `aside`, then renamed to one at which the file `over` stood, or none.
    Create { real: NotedPath, aside: NotedPath, over: Option<Inode>, new: String },
    /// The old file of this inode is renamed to `aside`.
    Remove { real: NotedPath, aside: NotedPath, old: Inode },
    /// The new file is made as `aside`, then the two are swapped; or it is written in place, which is noted then.
    Overwrite { real: NotedPath, aside: NotedPath, old: Inode, new: String },
}

/// What is noted of a file before it is written in place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InPlace {
    pub(crate) real: NotedPath,
    pub(crate) inode: Inode,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) old: String,
    pub(crate) new: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    version: u32,
    /// `None`: everywhere.
    roots: Option<Vec<NotedPath>>,
    steps: Vec<NotedStep>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    InPlace(InPlace),
    /// Every step was done; what waits under another name may go.
    Done,
}

/// The note of a patch at work. Dropped without [`Journal::remove`] it stays.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Notes what is about to be done, in a folder that is made if need be.
    pub(crate) fn begin(folder: &Path, tag: &str, steps: &[Step], reach: &Reach) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(format!("{tag}.{EXTENSION}"));
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
        // A file system without locks does without.
        let _ = file.try_lock();
        let roots = match reach {
            Reach::Anywhere => None,
            Reach::Within(roots) => Some(roots.iter().cloned().map(NotedPath).collect()),
        };
        let steps = steps.iter().enumerate().flat_map(|(number, step)| noted(number, step, tag, reach)).collect();
        let journal = Self { path, file };
        match journal.add(&Head { version: VERSION, roots, steps }) {
            Ok(()) => Ok(journal),
            Err(error) => {
                journal.remove();
                Err(error)
            }
        }
    }

    /// Notes a file that is about to be written in place.
    pub(crate) fn in_place(&self, real: &Path, stamp: &Stamp, attributes: Attributes, old: &[u8], new: &[u8]) -> io::Result<()> {
        let Attributes { mode, uid, gid } = attributes;
        self.add(&Mark::InPlace(InPlace {
            real: NotedPath(real.to_owned()),
            inode: stamp.into(),
            mode,
            uid,
            gid,
            old: to_hex(old),
            new: to_hex(new),
        }))
    }

    /// Notes that every step was done.
    pub(crate) fn done(&self) -> io::Result<()> {
        self.add(&Mark::Done)
    }

    /// The patch is done, or taken back.
    pub(crate) fn remove(self) {
        // What stays is looked at again with the next start, and nothing is found to be done.
        let _ = std::fs::remove_file(&self.path);
    }

    fn add(&self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        (&self.file).write_all(&bytes)?;
        self.file.sync_data()
    }
}

fn noted(number: usize, step: &Step, tag: &str, reach: &Reach) -> Vec<NotedStep> {
    let real = NotedPath(step.real.clone());
    let aside = |which: Aside| NotedPath(which.beside(&step.real, tag, number));
    let create = |over, content: &[u8]| NotedStep::Create { real: real.clone(), aside: aside(Aside::New), over, new: sum(content) };
    match &step.action {
        Action::MakeDirectory => vec![NotedStep::Directory { real }],
        Action::Create { content, .. } => vec![create(None, content)],
        Action::Remove { before } => vec![NotedStep::Remove { real, aside: aside(Aside::Old), old: before.into() }],
        Action::Overwrite { before, content, .. } if before.links > 1 && *reach != Reach::Anywhere => {
            let old = Inode::from(&before.stamp);
            vec![NotedStep::Remove { real: real.clone(), aside: aside(Aside::Old), old }, create(Some(old), content)]
        }
        Action::Overwrite { before, content, .. } => {
            let old = (&before.stamp).into();
            vec![NotedStep::Overwrite { real, aside: aside(Aside::New), old, new: sum(content) }]
        }
        // What a device was given cannot be taken back.
        Action::WriteDevice { .. } => Vec::new(),
    }
}

/// Finishes the patches that were cut off by a kill, each once: takes them back, or tidies up behind those that were done.
/// A folder that is not there holds none. Patches at work are left alone.
///
/// # Errors
/// When the folder is there and cannot be listed. Notes that cannot be read are passed over and stay.
pub fn recover(folder: &Path) -> io::Result<Vec<Recovered>> {
    let listing = match std::fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        listing => listing?,
    };
    let mut all = Vec::new();
    for path in listing.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|is| is == EXTENSION)) {
        if let Ok(Some(recovered)) = recover_one(&path) {
            all.push(recovered);
        }
    }
    Ok(all)
}

fn recover_one(path: &Path) -> io::Result<Option<Recovered>> {
    let file = OpenOptions::new().read(true).open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    // Its owner was done with it between the listing and the lock.
    if file.metadata()?.nlink() == 0 {
        return Ok(None);
    }
    let mut lines = BufReader::new(&file).lines();
    let head = lines.next().transpose()?.and_then(|line| serde_json::from_str::<Head>(&line).ok());
    // A note that is not whole was cut off before the first step.
    let Some(head) = head else {
        std::fs::remove_file(path)?;
        return Ok(None);
    };
    if head.version != VERSION {
        return Ok(None);
    }
    let (mut in_place, mut done) = (Vec::new(), false);
    for line in lines {
        match serde_json::from_str(&line?) {
            Ok(Mark::InPlace(file)) => in_place.push(file),
            Ok(Mark::Done) => done = true,
            // Torn: what it would have announced was not begun.
            Err(_) => {}
        }
    }
    let reach = match head.roots {
        None => Reach::Anywhere,
        Some(roots) => Reach::Within(roots.into_iter().map(|root| root.0).collect()),
    };
    let recovered = roll_back(&reach, &head.steps, &in_place, done)?;
    std::fs::remove_file(path)?;
    Ok((recovered != Recovered::default()).then_some(recovered))
}

/// What tells one content from another.
pub(crate) fn sum(content: &[u8]) -> String {
    to_hex(&Sha256::digest(content))
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}
