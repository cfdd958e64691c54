//! Finds the lines a chunk talks about.
//!
//! Pure: works on lines, knows nothing of files. Four ways of comparing are tried one after the other, each over the
//! whole range before the next: exact, without trailing white space, trimmed, and trimmed with typographic dashes,
//! quotes and spaces folded to ASCII. Every way is an equivalence, so one scan with a failure table finds the first
//! hit in linear time however repetitive the file is; nothing is allocated per line.

use crate::lines::Lines;

/// A way of comparing lines, strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Exact,
    TrimmedEnd,
    Trimmed,
    Folded,
}

const PASSES: [Pass; 4] = [Pass::Exact, Pass::TrimmedEnd, Pass::Trimmed, Pass::Folded];

impl Pass {
    /// The part of a line this pass looks at.
    fn cut(self, line: &str) -> &str {
        match self {
            Self::Exact => line,
            Self::TrimmedEnd => line.trim_end(),
            Self::Trimmed | Self::Folded => line.trim(),
        }
    }

    /// Compares two lines that were cut.
    fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Exact | Self::TrimmedEnd | Self::Trimmed => a == b,
            Self::Folded => a == b || (!(a.is_ascii() && b.is_ascii()) && a.chars().map(fold).eq(b.chars().map(fold))),
        }
    }

    /// A number that is equal for equal lines.
    fn fingerprint(self, line: &str) -> u64 {
        let line = self.cut(line);
        let hash = match self {
            Self::Exact | Self::TrimmedEnd | Self::Trimmed => {
                let (words, rest) = line.as_bytes().as_chunks::<8>();
                let hash = words.iter().fold(line.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
                rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)))
            }
            Self::Folded => line.chars().map(fold).fold(0, |hash, c| mix(hash, u64::from(c))),
        };
        hash ^ (hash >> 32)
    }
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn fold(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Searches one file; remembers what earlier searches learned about it.
pub(crate) struct Seeker<'l, 't> {
    lines: &'l Lines<'t>,
    known: [Known; 4],
}

/// What is known of the file under one pass.
#[derive(Default)]
struct Known {
    /// Lines looked at so far, counting repetitions.
    scanned: usize,
    /// All lines, roughly; made once scanning has cost as much as making it does.
    sketch: Option<Sketch>,
}

/// A set of fingerprints that may claim to hold one it does not hold, but never the other way round.
struct Sketch {
    /// One bit for each possible end of a fingerprint; the length is a power of two.
    bits: Vec<u64>,
}

impl Sketch {
    fn of(fingerprints: impl ExactSizeIterator<Item = u64>) -> Self {
        // At least 16 bits a line, so that at most one line in 16 is taken for one that is there.
        let mut sketch = Self { bits: vec![0; (fingerprints.len() / 4).next_power_of_two()] };
        for fingerprint in fingerprints {
            let (word, bit) = sketch.place(fingerprint);
            sketch.bits[word] |= bit;
        }
        sketch
    }

    fn may_hold(&self, fingerprint: u64) -> bool {
        let (word, bit) = self.place(fingerprint);
        self.bits[word] & bit != 0
    }

    fn place(&self, fingerprint: u64) -> (usize, u64) {
        ((fingerprint >> 6) as usize & (self.bits.len() - 1), 1 << (fingerprint & 63))
    }
}

impl<'l, 't> Seeker<'l, 't> {
    pub(crate) fn new(lines: &'l Lines<'t>) -> Self {
        Self { lines, known: Default::default() }
    }

    /// Returns the lowest index from `start` on where the pattern stands, and the pass that found it.
    ///
    /// An empty pattern stands at `start`.
    pub(crate) fn find(&mut self, pattern: &[&str], start: usize) -> Option<(usize, Pass)> {
        if pattern.len() > self.lines.len().saturating_sub(start) {
            return None;
        }
        PASSES.into_iter().find_map(|pass| Some((self.find_by(pass, pattern, start)?, pass)))
    }

    /// Like `find`, but only the very end of the file will do.
    pub(crate) fn find_at_end(&self, pattern: &[&str], start: usize) -> Option<(usize, Pass)> {
        let at = self.lines.len().checked_sub(pattern.len()).filter(|at| *at >= start)?;
        let stands = |pass: Pass| pattern.iter().enumerate().all(|(i, want)| pass.same(pass.cut(self.lines.get(at + i)), pass.cut(want)));
        PASSES.into_iter().find(|pass| stands(*pass)).map(|pass| (at, pass))
    }

    fn find_by(&mut self, pass: Pass, pattern: &[&str], start: usize) -> Option<usize> {
        if self.lacks_a_line(pass, pattern) {
            return None;
        }
        let pattern: Vec<&str> = pattern.iter().map(|line| pass.cut(line)).collect();
        let found = scan(self.lines, pass, &pattern, start);
        self.known[pass as usize].scanned += found.map_or(self.lines.len(), |at| at + pattern.len()) - start;
        found
    }

    /// Whether a pattern line occurs nowhere in the file; `false` while that is not worth finding out.
    fn lacks_a_line(&mut self, pass: Pass, pattern: &[&str]) -> bool {
        let lines = self.lines;
        let known = &mut self.known[pass as usize];
        // Successful searches together look at each line about once; more than that means fruitless scans.
        if known.sketch.is_none() && known.scanned > 2 * lines.len() {
            known.sketch = Some(Sketch::of((0..lines.len()).map(|i| pass.fingerprint(lines.get(i)))));
        }
        known.sketch.as_ref().is_some_and(|all| pattern.iter().any(|line| !all.may_hold(pass.fingerprint(line))))
    }
}

/// Knuth-Morris-Pratt over lines; the pattern is cut already.
fn scan(lines: &Lines<'_>, pass: Pass, pattern: &[&str], start: usize) -> Option<usize> {
    let borders = borders(pass, pattern);
    let mut held = 0;
    for at in start..lines.len() {
        if held == pattern.len() {
            return Some(at - held);
        }
        if pattern.len() - held > lines.len() - at {
            return None;
        }
        let line = pass.cut(lines.get(at));
        while held > 0 && !pass.same(line, pattern[held]) {
            held = borders[held - 1];
        }
        if pass.same(line, pattern[held]) {
            held += 1;
        }
    }
    (held == pattern.len()).then(|| lines.len() - held)
}

/// For each prefix of the pattern the length of its longest proper prefix that is also its suffix.
fn borders(pass: Pass, pattern: &[&str]) -> Vec<usize> {
    let mut borders = vec![0; pattern.len()];
    let mut held = 0;
    for at in 1..pattern.len() {
        while held > 0 && !pass.same(pattern[at], pattern[held]) {
            held = borders[held - 1];
        }
        if pass.same(pattern[at], pattern[held]) {
            held += 1;
        }
        borders[at] = held;
    }
    borders
}

#[cfg(test)]
mod tests;
