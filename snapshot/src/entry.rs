//! What is known of one name in a folder.

use rustix::fs::Stat;

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// The permission bits, `0o7777` of the mode. Meaningless for a link.
    pub(crate) mode: u32,
    pub(crate) stamp: Stamp,
}

/// What the name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    /// A folder of build output or the like, which is not looked into.
    Skipped,
    Link(Box<[u8]>),
    File {
        len: u64,
        sum: Sum,
        blob: Blob,
    },
}

/// The start of the SHA-256 of a file's bytes; zeros for what was not read.
pub(crate) type Sum = [u8; 16];

/// Where the bytes of a file are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Blob {
    /// In a pack, from this offset.
    Packed { pack: u64, offset: u64 },
    /// A file of its own.
    Whole(u64),
    /// Too large: only known to have been there.
    Unkept,
}

/// What tells that a file may have changed without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) modified: i128,
    pub(crate) changed: i128,
    pub(crate) inode: u64,
    /// It was looked at so soon after its last change that another change could have the same times.
    pub(crate) racy: bool,
}

/// Times of files are multiples of the kernel's tick, 10 ms at most.
const TICK: i128 = 20_000_000;

impl Stamp {
    pub(crate) fn of(stat: &Stat, now: i128) -> Self {
        let nanos = |seconds: i64, part: i128| i128::from(seconds) * 1_000_000_000 + part;
        #[allow(clippy::unnecessary_cast, reason = "the types differ between architectures")]
        let (modified, changed) =
            (nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i128), nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i128));
        Self { modified, changed, inode: stat.st_ino, racy: modified.max(changed) > now - TICK }
    }

    /// Whether nothing can have happened between the two.
    pub(crate) fn proves_unchanged(&self, now: &Self) -> bool {
        !self.racy && self.modified == now.modified && self.changed == now.changed && self.inode == now.inode
    }
}

impl Entry {
    /// Whether both stand for the same: kind, bytes, target, permissions. Times matter only for what was not read.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Link(one), Kind::Link(other)) => one == other,
            (Kind::Skipped, Kind::Skipped) => true,
            (Kind::Folder, Kind::Folder) => self.mode == other.mode,
            (Kind::File { len, sum, blob }, Kind::File { len: other_len, sum: other_sum, blob: other_blob }) => {
                let read = *blob != Blob::Unkept && *other_blob != Blob::Unkept;
                let bytes = if read { sum == other_sum } else { blob == other_blob && self.stamp.modified == other.stamp.modified };
                bytes && len == other_len && self.mode == other.mode
            }
            _ => false,
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder | Kind::Skipped)
    }
}

/// [`Entry::same`] for names that may not be there.
pub(crate) fn same(one: Option<&Entry>, other: Option<&Entry>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same(other),
        _ => false,
    }
}
