//! The index and the changes as bytes: numbers in seven-bit groups, strings by length, a checksum at the end.
//! What does not read back whole counts as not there, and is made anew.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::entry::{Blob, Entry, Kind, Stamp};
use crate::tree::{Delta, Listing, Tree};

const INDEX: &[u8] = b"codex-index-1\n";
const CHANGES: &[u8] = b"codex-changes-1\n";
const SUM: usize = 8;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u128);
        self.0.extend_from_slice(bytes);
    }

    fn entry(&mut self, entry: &Entry) {
        self.number(u128::from(entry.mode));
        match &entry.kind {
            Kind::Folder => self.number(0),
            Kind::Skipped => self.number(1),
            Kind::Link(target) => {
                self.number(2);
                self.bytes(target);
            }
            Kind::File { len, sum, blob } => {
                match blob {
                    Blob::Unkept => self.number(3),
                    Blob::Whole(id) => {
                        self.number(4);
                        self.number(u128::from(*id));
                    }
                    Blob::Packed { pack, offset } => {
                        self.number(5);
                        self.number(u128::from(*pack));
                        self.number(u128::from(*offset));
                    }
                }
                self.number(u128::from(*len));
                self.0.extend_from_slice(sum);
            }
        }
        let Stamp { modified, changed, inode, racy } = entry.stamp;
        for time in [modified, changed] {
            // Zigzag: times before 1970 are negative.
            self.number(((time << 1) ^ (time >> 127)) as u128);
        }
        self.number(u128::from(inode));
        self.number(u128::from(racy));
    }

    fn maybe(&mut self, entry: Option<&Entry>) {
        self.number(u128::from(entry.is_some()));
        if let Some(entry) = entry {
            self.entry(entry);
        }
    }

    fn finish(mut self, magic: &[u8]) -> Vec<u8> {
        let sum = Sha256::digest(&self.0);
        self.0.extend_from_slice(&sum[..SUM]);
        self.0.splice(..0, magic.iter().copied());
        self.0
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn open(bytes: &'a [u8], magic: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(magic)?;
        let (body, sum) = rest.split_at_checked(rest.len().checked_sub(SUM)?)?;
        (Sha256::digest(body)[..SUM] == *sum).then_some(Self(body))
    }

    fn number(&mut self) -> Option<u128> {
        let mut number = 0_u128;
        for shift in (0..19).map(|group| group * 7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u128::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn small<T: TryFrom<u128>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.small::<usize>()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn time(&mut self) -> Option<i128> {
        let number = self.number()?;
        Some((number >> 1) as i128 ^ -((number & 1) as i128))
    }

    fn entry(&mut self) -> Option<Entry> {
        let mode = self.small()?;
        let kind = match self.number()? {
            0 => Kind::Folder,
            1 => Kind::Skipped,
            2 => Kind::Link(self.bytes()?.into()),
            form @ 3..=5 => {
                let blob = match form {
                    3 => Blob::Unkept,
                    4 => Blob::Whole(self.small()?),
                    _ => Blob::Packed { pack: self.small()?, offset: self.small()? },
                };
                let len = self.small()?;
                let (sum, rest) = self.0.split_first_chunk::<16>()?;
                self.0 = rest;
                Kind::File { len, sum: *sum, blob }
            }
            _ => return None,
        };
        let stamp = Stamp { modified: self.time()?, changed: self.time()?, inode: self.small()?, racy: self.number()? != 0 };
        Some(Entry { kind, mode, stamp })
    }

    fn maybe(&mut self) -> Option<Option<Entry>> {
        Some(if self.number()? == 0 { None } else { Some(self.entry()?) })
    }
}

/// The index, and the number of the point that it is of.
pub(crate) fn write_index(tree: &Tree, point: u64) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(u128::from(point));
    out.number(tree.folders.len() as u128);
    for (path, listing) in &tree.folders {
        out.bytes(path);
        out.number(u128::from(listing.ignored));
        out.number(listing.entries.len() as u128);
        for (name, entry) in &listing.entries {
            out.bytes(name);
            out.entry(entry);
        }
    }
    out.finish(INDEX)
}

/// `None` when the bytes are not those of an index.
pub(crate) fn read_index(bytes: &[u8]) -> Option<(Tree, u64)> {
    let mut input = Reader::open(bytes, INDEX)?;
    let point = input.small()?;
    let mut tree = Tree::default();
    for _ in 0..input.number()? {
        let path = input.bytes()?;
        let ignored = input.number()? != 0;
        let mut entries = Vec::new();
        for _ in 0..input.number()? {
            let name = input.bytes()?;
            entries.push((name.into(), input.entry()?));
        }
        tree.folders.insert(path.into(), Arc::new(Listing { entries, ignored }));
    }
    Some((tree, point))
}

pub(crate) fn write_changes(changes: &[Delta]) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(changes.len() as u128);
    for change in changes {
        out.bytes(&change.path);
        out.maybe(change.before.as_ref());
        out.maybe(change.after.as_ref());
    }
    out.finish(CHANGES)
}

/// `None` when the bytes are not those of changes.
pub(crate) fn read_changes(bytes: &[u8]) -> Option<Vec<Delta>> {
    let mut input = Reader::open(bytes, CHANGES)?;
    let mut changes = Vec::new();
    for _ in 0..input.number()? {
        let path = input.bytes()?.into();
        changes.push(Delta { path, before: input.maybe()?, after: input.maybe()? });
    }
    Some(changes)
}
