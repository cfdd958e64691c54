//! Collects the instructions people keep in `AGENTS.md` files.
//!
//! The user's own file in `$CODEX_HOME` comes first, then one file per directory from the project root down to
//! the working directory. Trust is not needed, for this is text only; but a link that leads out of the project
//! or into `$CODEX_HOME` is not followed, and pipes and devices are not opened.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::files::{self, Links};
use crate::{paths, trust};

const OVERRIDE_NAME: &str = "AGENTS.override.md";
const NAME: &str = "AGENTS.md";
/// Stands between the user's text and the project's.
const SEPARATOR: &str = "\n\n--- project-doc ---\n\n";
/// Most bytes of the user's own file.
const MAX_GLOBAL_BYTES: usize = 1024 * 1024;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectDocs {
    /// The joined text; `None` when there is none.
    pub text: Option<String>,
    /// Files that were passed over and why, for a person to read.
    pub warnings: Vec<String>,
}

/// Reads the user's and the project's instructions for `config.cwd`.
///
/// Project files are read in untrusted directories too, unless `project_doc_requires_trust` is set. They share
/// `project_doc_max_bytes`, root first; the one that crosses it is cut. Invalid UTF-8
/// becomes U+FFFD. Files that cannot be read are named in the warnings.
pub fn project_docs(config: &Config) -> ProjectDocs {
    let mut docs = ProjectDocs::default();
    let global = global_text(&config.codex_home, &mut docs.warnings);
    let project = project_text(config, &mut docs.warnings);
    docs.text = match (global, project) {
        (Some(global), Some(project)) => Some(format!("{global}{SEPARATOR}{project}")),
        (global, project) => global.or(project),
    };
    docs
}

fn global_text(codex_home: &Path, warnings: &mut Vec<String>) -> Option<String> {
    [OVERRIDE_NAME, NAME].iter().find_map(|name| {
        let path = codex_home.join(name);
        let text = match read_up_to(&path, MAX_GLOBAL_BYTES, Links::Follow) {
            Ok(read) => read.text,
            Err(error) => {
                warnings.extend(fault(&path, &error));
                return None;
            }
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    })
}

fn project_text(config: &Config, warnings: &mut Vec<String>) -> Option<String> {
    let mut remaining = config.project_doc_max_bytes;
    if remaining == 0 || (config.project_doc_requires_trust && config.trusted != Some(true)) {
        return None;
    }
    let cwd = paths::settled(&config.cwd);
    let root = trust::project_root(&cwd, &config.project_root_markers).unwrap_or_else(|| cwd.clone());
    let bounds = Bounds { root: &root, codex_home: &paths::settled(&config.codex_home) };
    let mut folders: Vec<&Path> = cwd.ancestors().take_while(|folder| folder.starts_with(&root)).collect();
    folders.reverse();
    let mut texts = Vec::new();
    for folder in folders {
        if remaining == 0 {
            break;
        }
        let Some(path) = document(folder, &config.project_doc_fallback_filenames, &bounds, warnings) else {
            continue;
        };
        match read_up_to(&path, remaining, Links::Refuse) {
            Ok(read) if !read.text.trim().is_empty() => {
                remaining -= read.bytes;
                texts.push(read.text);
            }
            Ok(_) => {}
            Err(error) => warnings.extend(fault(&path, &error)),
        }
    }
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// Where a link in a project may lead.
struct Bounds<'a> {
    root: &'a Path,
    codex_home: &'a Path,
}

/// The real path of the first candidate in `folder` that exists as a file and stays in bounds.
fn document(folder: &Path, fallbacks: &[String], bounds: &Bounds<'_>, warnings: &mut Vec<String>) -> Option<PathBuf> {
    for name in [OVERRIDE_NAME, NAME].into_iter().chain(fallbacks.iter().map(String::as_str)) {
        let path = folder.join(name);
        let Ok(real) = path.canonicalize() else {
            continue;
        };
        if !real.starts_with(bounds.root) || real.starts_with(bounds.codex_home) {
            warnings.push(format!("`{}` is ignored: it leads out of the project", path.display()));
        } else if real.is_file() {
            return Some(real);
        }
    }
    None
}

struct ReadText {
    text: String,
    bytes: usize,
}

fn read_up_to(path: &Path, limit: usize, links: Links) -> io::Result<ReadText> {
    let mut bytes = Vec::new();
    files::open_regular(path, links)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(ReadText { text: String::from_utf8_lossy(&bytes).into_owned(), bytes: bytes.len() })
}

/// Nothing to say about a file that is not there or a folder of that name.
fn fault(path: &Path, error: &io::Error) -> Option<String> {
    let expected = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory);
    (!expected).then(|| format!("`{}` is ignored: {error}", path.display()))
}
