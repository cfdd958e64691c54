//! Where bytes of files are kept: small ones one after the other in packs, large ones in files of their own, which share
//! their blocks with the original where the file system can do that.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::ioctl_ficlone;
use sha2::{Digest, Sha256};

use crate::beneath;
use crate::entry::{Blob, Kind, Sum};

/// From this many bytes on a file is kept in one of its own.
const WHOLE_FROM: u64 = 1 << 20;
const CHUNK: usize = 128 * 1024;

/// The folder of a workspace's blobs.
#[derive(Clone, Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn pack(&self, id: u64) -> PathBuf {
        self.folder.join(format!("{id}.pack"))
    }

    fn whole(&self, id: u64) -> PathBuf {
        self.folder.join(format!("{id}.file"))
    }

    /// The largest number in use, so that new ones are larger.
    pub(crate) fn last_id(&self) -> io::Result<u64> {
        Ok(self.files()?.into_iter().map(|(id, ..)| id).max().unwrap_or(0))
    }

    /// Number, path, whether it is a pack, bytes.
    fn files(&self) -> io::Result<Vec<(u64, PathBuf, bool, u64)>> {
        let mut found = Vec::new();
        for item in std::fs::read_dir(&self.folder)? {
            let path = item?.path();
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()) else { continue };
            let pack = path.extension().is_some_and(|extension| extension == "pack");
            let len = path.symlink_metadata().map_or(0, |about| about.len());
            found.push((id, path, pack, len));
        }
        Ok(found)
    }

    /// Bytes on disk.
    pub(crate) fn size(&self) -> io::Result<u64> {
        Ok(self.files()?.iter().map(|(.., len)| len).sum())
    }

    /// Removes what nothing refers to any more.
    pub(crate) fn keep_only(&self, used: &HashSet<Blob>) -> io::Result<()> {
        let packs: HashSet<u64> =
            used.iter().filter_map(|blob| if let Blob::Packed { pack, .. } = blob { Some(*pack) } else { None }).collect();
        for (id, path, pack, _) in self.files()? {
            let needed = if pack { packs.contains(&id) } else { used.contains(&Blob::Whole(id)) };
            if !needed {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// What reads the bytes of a blob.
    pub(crate) fn read(&self, blob: Blob, len: u64) -> io::Result<Source> {
        let (path, offset) = match blob {
            Blob::Packed { pack, offset } => (self.pack(pack), offset),
            Blob::Whole(id) => (self.whole(id), 0),
            Blob::Unkept => return Err(io::Error::new(io::ErrorKind::NotFound, "the file was too large to be kept")),
        };
        let file = File::open(path)?;
        if file.metadata()?.len() < offset + len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Source { file, offset, left: len })
    }
}

/// Passes bytes on and sums them up.
struct Summing<R> {
    inner: R,
    sum: Sha256,
    len: u64,
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(&buffer[..count]);
        self.len += count as u64;
        Ok(count)
    }
}

fn summing<R: Read>(inner: R) -> Summing<R> {
    Summing { inner, sum: Sha256::new(), len: 0 }
}

impl<R> Summing<R> {
    fn finish(self) -> (u64, Sum) {
        let whole = self.sum.finalize();
        let mut sum = Sum::default();
        sum.iter_mut().zip(whole.iter()).for_each(|(to, from)| *to = *from);
        (self.len, sum)
    }
}

/// Length and sum of what is left to read.
pub(crate) fn sum_of(file: impl Read) -> io::Result<(u64, Sum)> {
    let mut reader = summing(file);
    let mut buffer = vec![0; CHUNK];
    while reader.read(&mut buffer)? > 0 {}
    Ok(reader.finish())
}

/// The bytes of one blob.
#[derive(Debug)]
pub(crate) struct Source {
    file: File,
    offset: u64,
    left: u64,
}

impl Source {
    /// The file, when all of it is the blob.
    pub(crate) fn whole(&self) -> Option<&File> {
        (self.offset == 0 && self.file.metadata().is_ok_and(|about| about.len() == self.left)).then_some(&self.file)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut buffer[..most], self.offset)?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// Numbers for new blobs, and how many bytes may still be kept.
#[derive(Debug)]
pub(crate) struct Allowance {
    next: AtomicU64,
    left: AtomicU64,
    /// The largest file that is kept.
    pub(crate) max_file: u64,
}

impl Allowance {
    pub(crate) fn new(last: u64, left: u64, max_file: u64) -> Self {
        Self { next: AtomicU64::new(last + 1), left: AtomicU64::new(left), max_file }
    }

    fn take(&self, len: u64) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(len)).is_ok()
    }
}

/// Keeps files for one worker.
pub(crate) struct Keeper<'a> {
    blobs: &'a Blobs,
    allowance: &'a Allowance,
    pack: Option<(u64, io::BufWriter<File>, u64)>,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(blobs: &'a Blobs, allowance: &'a Allowance) -> Self {
        Self { blobs, allowance, pack: None }
    }

    /// Keeps what the file holds; tells how much that is, which is not what was announced when it is just being written.
    pub(crate) fn keep(&mut self, file: OwnedFd, announced: u64) -> io::Result<Kind> {
        if announced > self.allowance.max_file || !self.allowance.take(announced) {
            return Ok(Kind::File { len: announced, sum: Sum::default(), blob: Blob::Unkept });
        }
        if announced >= WHOLE_FROM { self.keep_whole(&file.into()) } else { self.append(&mut file.into()) }
    }

    fn keep_whole(&mut self, file: &File) -> io::Result<Kind> {
        let id = self.allowance.next.fetch_add(1, Ordering::Relaxed);
        let path = self.blobs.whole(id);
        let mut copy = File::from(beneath::new_file(&path)?);
        let done = if ioctl_ficlone(copy.as_fd(), file.as_fd()).is_ok() {
            sum_of(&copy)
        } else {
            let mut source = summing(file.take(self.allowance.max_file + 1));
            io::copy(&mut source, &mut copy).map(|_| source.finish())
        };
        match done {
            Ok((len, sum)) if len <= self.allowance.max_file => Ok(Kind::File { len, sum, blob: Blob::Whole(id) }),
            other => {
                drop(copy);
                std::fs::remove_file(&path)?;
                other.map(|(len, _)| Kind::File { len, sum: Sum::default(), blob: Blob::Unkept })
            }
        }
    }

    fn append(&mut self, file: &mut File) -> io::Result<Kind> {
        if self.pack.is_none() {
            let id = self.allowance.next.fetch_add(1, Ordering::Relaxed);
            let made = File::from(beneath::new_file(&self.blobs.pack(id))?);
            self.pack = Some((id, io::BufWriter::with_capacity(CHUNK, made), 0));
        }
        // Just made when it was not there.
        let Some((id, pack, end)) = &mut self.pack else { return Err(io::ErrorKind::NotFound.into()) };
        let offset = *end;
        // What grew while it was read is cut here and looked at again the next time, since its times tell.
        let mut source = summing(file.take(WHOLE_FROM));
        let copied = io::copy(&mut source, pack);
        let (len, sum) = source.finish();
        *end += len;
        copied?;
        Ok(Kind::File { len, sum, blob: Blob::Packed { pack: *id, offset } })
    }

    /// Sees to it that all is written.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.pack.map_or(Ok(()), |(_, mut pack, _)| pack.flush())
    }
}

/// Copies a blob into a new file, sharing blocks where that works.
pub(crate) fn restore(source: &mut Source, into: &mut File) -> io::Result<()> {
    if let Some(whole) = source.whole()
        && ioctl_ficlone(into.as_fd(), whole.as_fd()).is_ok()
    {
        return Ok(());
    }
    io::copy(source, into).map(drop)
}

/// The folder, private.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
