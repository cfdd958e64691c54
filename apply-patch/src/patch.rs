//! What a patch says, as data.
//!
//! Paths are kept as they are spelt and texts without their line ends; nothing here knows a directory or a file.

/// A parsed patch: its file sections in the order they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The sections; may be empty.
    pub sections: Vec<Section>,
}

/// What is to be done with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// Create the file, or replace its content when it exists.
    Add {
        /// The path as spelt.
        path: String,
        /// The whole content; every line ends in LF.
        contents: String,
    },
    /// Remove the directory entry.
    Delete {
        /// The path as spelt.
        path: String,
    },
    /// Edit the content, and optionally give the file another name.
    Update {
        /// The path as spelt.
        path: String,
        /// The new name as spelt.
        move_to: Option<String>,
        /// The edits in file order; at least one.
        chunks: Vec<Chunk>,
    },
}

/// A run of neighbouring lines to look for and what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    /// A line that must occur before the chunk (`@@ LINE`); it is not part of the chunk.
    pub context: Option<String>,
    /// The lines as marked in the patch; at least one.
    pub lines: Vec<ChunkLine>,
    /// Whether the chunk may only match at the very end of the file.
    pub end_of_file: bool,
}

/// One marked line of a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkLine {
    /// The mark.
    pub kind: LineKind,
    /// The text behind the mark.
    pub text: String,
}

/// The mark in front of a chunk line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// ` `: is there and stays.
    Context,
    /// `-`: is there and goes.
    Remove,
    /// `+`: is put there.
    Insert,
}
