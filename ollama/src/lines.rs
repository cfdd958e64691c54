//! Cuts a stream of bytes into lines, with a cap on their length.

/// The longest line; a server's progress is told in a few hundred bytes.
const LONGEST: usize = 1024 * 1024;

/// What has come of the next line.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes and hands every line that is whole to `sink`. What is longer than the cap is dropped.
    pub(crate) fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            sink(&line[..end]);
        }
        if self.rest.len() > LONGEST {
            self.rest.clear();
        }
    }

    /// Hands over what is left.
    pub(crate) fn finish(self, mut sink: impl FnMut(&[u8])) {
        if !self.rest.is_empty() {
            sink(&self.rest);
        }
    }
}
