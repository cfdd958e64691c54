//! Looks at the whole workspace with a few threads: one `stat` a name, and a read only where that tells of a change.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Stat, fstat, readlinkat, statat};

use crate::beneath::{self, Root};
use crate::blobs::{self, Allowance, Blobs, Keeper};
use crate::entry::{Blob, Entry, Kind, Stamp, Sum, same};
use crate::error::SnapshotError;
use crate::ignored::{SMALL_BYTES, SMALL_FILES, is_ignored};
use crate::tree::{Delta, Listing, Tree, join, to_path};

/// What to look at and with what.
pub(crate) struct Scan<'a> {
    pub(crate) root: &'a Root,
    pub(crate) blobs: &'a Blobs,
    pub(crate) allowance: &'a Allowance,
    /// How it was when it was last looked at.
    pub(crate) before: &'a Tree,
    /// Paths that are not looked at, below the root.
    pub(crate) excluded: &'a HashSet<Box<[u8]>>,
    pub(crate) threads: usize,
    pub(crate) most_files: usize,
}

/// What was seen.
pub(crate) struct Seen {
    pub(crate) tree: Tree,
    pub(crate) changes: Vec<Delta>,
    pub(crate) files: usize,
    /// Bytes that were read to be kept or compared.
    pub(crate) read: u64,
    /// Whether the index differs from the one before, be it in times alone.
    pub(crate) stale: bool,
}

struct Job {
    path: Box<[u8]>,
    ignored: bool,
    /// Whether it was seen to be small together with the folder above.
    measured: bool,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    working: usize,
    failed: Option<SnapshotError>,
}

struct Shared<'a> {
    scan: &'a Scan<'a>,
    queue: Mutex<Queue>,
    more: Condvar,
    device: u64,
    now: i128,
    files: AtomicUsize,
    read: AtomicU64,
    stale: AtomicBool,
    unreadable: Mutex<Vec<Box<[u8]>>>,
}

#[derive(Default)]
struct Found {
    folders: HashMap<Box<[u8]>, Arc<Listing>>,
    changes: Vec<Delta>,
}

impl Scan<'_> {
    pub(crate) fn run(&self) -> Result<Seen, SnapshotError> {
        let failed = |source: io::Error| SnapshotError::io("cannot look into", &self.root.path)(source);
        let device = fstat(self.root.as_fd()).map_err(|error| failed(error.into()))?.st_dev;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX));
        let first = Job { path: Box::default(), ignored: false, measured: false };
        let shared = Shared {
            scan: self,
            queue: Mutex::new(Queue { jobs: vec![first], ..Queue::default() }),
            more: Condvar::new(),
            device,
            now,
            files: AtomicUsize::new(0),
            read: AtomicU64::new(0),
            stale: AtomicBool::new(false),
            unreadable: Mutex::default(),
        };
        let found: Vec<Found> = std::thread::scope(|scope| {
            let workers: Vec<_> = (1..self.threads.max(1)).map(|_| scope.spawn(|| shared.work())).collect();
            let own = shared.work();
            workers.into_iter().filter_map(|worker| worker.join().ok()).chain([own]).collect()
        });
        let Shared { queue, files, read, stale, unreadable, .. } = shared;
        if let Some(error) = queue.into_inner().unwrap_or_else(PoisonError::into_inner).failed {
            return Err(error);
        }
        let mut tree = Tree::default();
        let mut changes = Vec::new();
        for part in found {
            tree.folders.extend(part.folders);
            changes.extend(part.changes);
        }
        for path in unreadable.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.carry_over(&path, &mut tree);
        }
        for (path, _) in self.before.folders.iter().filter(|(path, _)| !tree.folders.contains_key(*path)) {
            let mut gone = Vec::new();
            self.before.below(path, &mut gone);
            changes.extend(gone.into_iter().map(|(path, entry)| Delta { path, before: Some(entry.clone()), after: None }));
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        let stale = stale.into_inner() || tree.folders.len() != self.before.folders.len();
        Ok(Seen { tree, changes, files: files.into_inner(), read: read.into_inner(), stale })
    }

    /// A folder that may not be read is taken to be as it was.
    fn carry_over(&self, folder: &[u8], tree: &mut Tree) {
        let below = join(folder, b"");
        for (path, listing) in &self.before.folders {
            if path.as_ref() == folder || path.starts_with(&below) {
                tree.folders.insert(path.clone(), Arc::clone(listing));
            }
        }
        tree.folders.entry(folder.into()).or_default();
    }
}

impl Shared<'_> {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> Found {
        let mut found = Found::default();
        let mut keeper = Keeper::new(self.scan.blobs, self.scan.allowance);
        while let Some(job) = self.next() {
            let done = self.folder(&job, &mut keeper, &mut found);
            let mut queue = self.queue();
            queue.working -= 1;
            match done {
                Ok(jobs) => queue.jobs.extend(jobs),
                Err(error) => queue.failed = Some(error),
            }
            drop(queue);
            self.more.notify_all();
        }
        if let Err(error) = keeper.finish() {
            self.queue().failed = Some(SnapshotError::io("cannot keep files of", &self.scan.root.path)(error));
        }
        found
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        loop {
            if queue.failed.is_some() {
                return None;
            }
            if let Some(job) = queue.jobs.pop() {
                queue.working += 1;
                return Some(job);
            }
            if queue.working == 0 {
                return None;
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn folder(&self, job: &Job, keeper: &mut Keeper<'_>, found: &mut Found) -> Result<Vec<Job>, SnapshotError> {
        let Some(folder) = self.open(&job.path)? else { return Ok(Vec::new()) };
        let before = self.scan.before.folders.get(&job.path);
        let mut jobs = Vec::new();
        let mut entries = Vec::with_capacity(before.map_or(8, |before| before.entries.len()));
        for name in self.names(&folder, &job.path)? {
            let Ok(stat) = statat(&folder, to_path(&name), AtFlags::SYMLINK_NOFOLLOW) else { continue };
            let own = before.and_then(|before| before.get(&name));
            let Some(entry) = self.entry(folder.as_fd(), job, &name, &stat, own, keeper, &mut jobs)? else { continue };
            entries.push((name, entry));
        }
        if self.files.fetch_add(entries.len(), Ordering::Relaxed) + entries.len() > self.scan.most_files {
            return Err(SnapshotError::TooMany { root: self.scan.root.path.clone(), limit: self.scan.most_files });
        }
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let listing = match before {
            Some(before) if before.entries == entries && before.ignored == job.ignored => Arc::clone(before),
            _ => {
                self.stale.store(true, Ordering::Relaxed);
                let listing = Listing { entries, ignored: job.ignored };
                compare(&job.path, before.map(AsRef::as_ref), &listing, &mut found.changes);
                Arc::new(listing)
            }
        };
        found.folders.insert(job.path.clone(), listing);
        Ok(jobs)
    }

    /// `None` when it is gone again, or may not be read.
    fn open(&self, path: &[u8]) -> Result<Option<rustix::fd::OwnedFd>, SnapshotError> {
        match self.scan.root.folder(path) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if path.is_empty() => Err(SnapshotError::io("cannot look into", &self.scan.root.path)(error)),
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).push(path.into());
                }
                Ok(None)
            }
        }
    }

    fn names(&self, folder: impl AsFd, path: &[u8]) -> Result<Vec<Box<[u8]>>, SnapshotError> {
        let failed = |error: rustix::io::Errno| SnapshotError::io("cannot look into", self.scan.root.full(path))(error.into());
        let mut names = Vec::new();
        for item in Dir::read_from(folder).map_err(failed)? {
            let item = item.map_err(failed)?;
            let name = item.file_name().to_bytes();
            if !matches!(name, b"." | b".." | b".git") && (self.scan.excluded.is_empty() || !self.scan.excluded.contains(&join(path, name)))
            {
                names.push(name.into());
            }
        }
        Ok(names)
    }

    #[expect(clippy::too_many_arguments, reason = "one name with all that is known of it")]
    fn entry(
        &self,
        folder: BorrowedFd<'_>,
        job: &Job,
        name: &[u8],
        stat: &Stat,
        before: Option<&Entry>,
        keeper: &mut Keeper<'_>,
        jobs: &mut Vec<Job>,
    ) -> Result<Option<Entry>, SnapshotError> {
        let mode = stat.st_mode & 0o7777;
        let stamp = Stamp::of(stat, self.now);
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory if stat.st_dev != self.device => return Ok(None),
            // A folder's own times follow from its entries, and nothing is concluded from them.
            FileType::Directory => {
                let kind = self.subfolder(join(&job.path, name), job, before, jobs);
                return Ok(Some(Entry { kind, mode, stamp: Stamp::default() }));
            }
            FileType::Symlink => match readlinkat(folder, to_path(name), Vec::new()) {
                Ok(target) => Kind::Link(target.into_bytes().into()),
                Err(_) => return Ok(None),
            },
            FileType::RegularFile => {
                let len = u64::try_from(stat.st_size).unwrap_or_default();
                match before {
                    Some(Entry { kind: kind @ Kind::File { len: known, .. }, stamp: seen, .. })
                        if *known == len && seen.proves_unchanged(&stamp) =>
                    {
                        kind.clone()
                    }
                    _ => return self.read(folder, name, before, keeper).map_err(|error| self.unkept(&job.path, name, error)),
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Entry { kind, mode, stamp }))
    }

    fn unkept(&self, folder: &[u8], name: &[u8], error: io::Error) -> SnapshotError {
        SnapshotError::io("cannot keep", self.scan.root.full(&join(folder, name)))(error)
    }

    /// A file that is new or whose times changed.
    fn read(&self, folder: BorrowedFd<'_>, name: &[u8], before: Option<&Entry>, keeper: &mut Keeper<'_>) -> io::Result<Option<Entry>> {
        let unreadable = |stat: &Stat| Entry {
            kind: Kind::File { len: stat.st_size.unsigned_abs(), sum: Sum::default(), blob: Blob::Unkept },
            mode: stat.st_mode & 0o7777,
            stamp: Stamp::of(stat, self.now),
        };
        let file = match beneath::file_in(folder, name) {
            Ok(file) => file,
            Err(_) => {
                let still = statat(folder, to_path(name), AtFlags::SYMLINK_NOFOLLOW);
                return Ok(still
                    .ok()
                    .filter(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
                    .map(|stat| unreadable(&stat)));
            }
        };
        let at_first = fstat(&file)?;
        if FileType::from_raw_mode(at_first.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        let announced = at_first.st_size.unsigned_abs();
        let mut kind = None;
        if let Some(Entry { kind: known @ Kind::File { len, sum, blob }, .. }) = before
            && *len == announced
            && *blob != Blob::Unkept
        {
            self.read.fetch_add(announced, Ordering::Relaxed);
            let again = std::fs::File::from(beneath::file_in(folder, name)?);
            kind = (blobs::sum_of(again)? == (*len, *sum)).then(|| known.clone());
        }
        let kind = match kind {
            Some(kind) => kind,
            None => keeper.keep(rustix::io::dup(&file)?, announced)?,
        };
        if let Kind::File { len, blob: Blob::Packed { .. } | Blob::Whole(_), .. } = kind {
            self.read.fetch_add(len, Ordering::Relaxed);
        }
        let at_last = fstat(&file)?;
        let mut stamp = Stamp::of(&at_last, self.now);
        let written_meanwhile =
            (at_first.st_mtime, at_first.st_mtime_nsec, at_first.st_size) != (at_last.st_mtime, at_last.st_mtime_nsec, at_last.st_size);
        stamp.racy |= written_meanwhile;
        Ok(Some(Entry { kind, mode: at_last.st_mode & 0o7777, stamp }))
    }

    /// Looks into a folder later, unless it is one of build output.
    fn subfolder(&self, path: Box<[u8]>, above: &Job, before: Option<&Entry>, jobs: &mut Vec<Job>) -> Kind {
        if before.is_some_and(|entry| entry.kind == Kind::Skipped) {
            return Kind::Skipped;
        }
        let known = self.scan.before.folders.get(&path);
        let ignored = above.ignored || known.map_or_else(|| is_ignored(&self.scan.root.path, &path), |known| known.ignored);
        let measured = above.measured || known.is_some();
        if ignored && !measured && !self.is_small(&path) {
            return Kind::Skipped;
        }
        jobs.push(Job { path, ignored, measured: measured || ignored });
        Kind::Folder
    }

    fn is_small(&self, folder: &[u8]) -> bool {
        let (mut files, mut bytes) = (0, 0);
        let mut folders = vec![Box::<[u8]>::from(folder)];
        while let Some(path) = folders.pop() {
            let Ok(folder) = self.scan.root.folder(&path) else { continue };
            let Ok(names) = self.names(&folder, &path) else { continue };
            files += names.len();
            for name in names {
                let Ok(stat) = statat(&folder, to_path(&name), AtFlags::SYMLINK_NOFOLLOW) else { continue };
                match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Directory => folders.push(join(&path, &name)),
                    FileType::RegularFile => bytes += stat.st_size.unsigned_abs(),
                    _ => {}
                }
            }
            if files > SMALL_FILES || bytes > SMALL_BYTES {
                return false;
            }
        }
        true
    }
}

/// What differs between two listings of a folder, names in both being sorted.
fn compare(folder: &[u8], before: Option<&Listing>, after: &Listing, changes: &mut Vec<Delta>) {
    let empty = Listing::default();
    let before = before.unwrap_or(&empty);
    let names: std::collections::BTreeSet<&[u8]> = before.entries.iter().chain(&after.entries).map(|(name, _)| name.as_ref()).collect();
    for name in names {
        let (had, has) = (before.get(name), after.get(name));
        if !same(had, has) {
            changes.push(Delta { path: join(folder, name), before: had.cloned(), after: has.cloned() });
        }
    }
}
