//! Names that people gave to threads: `session_index.jsonl`, one line a naming, the last line wins.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;

use codex_protocol::ThreadId;
use serde::Deserialize;

use crate::StateError;
use crate::lines::Lines;

const INDEX: &str = "session_index.jsonl";

#[derive(Deserialize)]
struct Naming {
    id: ThreadId,
    thread_name: String,
}

/// Returns the thread that bears a name; of several, the one that was named last.
///
/// A thread bears the name of its last line only. Damaged lines are passed over.
///
/// # Errors
///
/// [`StateError::Read`] when the index is there and cannot be read.
pub fn find_by_name(codex_home: &Path, name: &str) -> Result<Option<ThreadId>, StateError> {
    let path = codex_home.join(INDEX);
    let unreadable = |source| StateError::Read { path: path.clone(), source };
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unreadable)?,
    };
    let mut lines = Lines::new(file);
    let mut named: HashMap<ThreadId, (usize, String)> = HashMap::new();
    let mut at = 0;
    while let Some(line) = lines.next().map_err(unreadable)? {
        at += 1;
        if let Ok(naming) = serde_json::from_slice::<Naming>(line.bytes) {
            named.insert(naming.id, (at, naming.thread_name));
        }
    }
    let bearers = named.into_iter().filter(|(_, (_, given))| given == name);
    Ok(bearers.max_by_key(|(_, (at, _))| *at).map(|(id, _)| id))
}
