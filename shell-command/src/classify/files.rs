//! Which files may be read unasked, from the folders a script may be in by then.
//!
//! Keys, passwords and the program's own secrets are asked for, and so is what may block or never end: devices and pipes.
//! The check is by path, before and after links are followed; it spares people a question and is no wall: the sandbox is.

use std::path::{Path, PathBuf};

use crate::braces;
use crate::surroundings::{FileFacts, FileKind, Surroundings, absolute, is_inside};
use crate::word::Word;

use super::identity::{self, Caller};

/// Names of files and folders that hold keys or passwords, wherever they are.
const PRIVATE_NAMES: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    ".password-store",
    ".vault-token",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
];

/// The same, given by their last parts.
const PRIVATE_ENDS: &[&str] = &[".config/gcloud", ".config/gh", ".config/op", ".cargo/credentials", ".cargo/credentials.toml"];

/// Files and folders of the system.
const PRIVATE_PATHS: &[&str] = &[
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/master.passwd",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssl/private",
    "/dev",
    "/proc",
    "/var/run/secrets",
    "/run/secrets",
];

/// Devices that end at once.
const HARMLESS_DEVICES: &[&str] = &["/dev/null", "/dev/stdin", "/dev/fd/0"];

/// A script that moves about more than this is somewhere.
const MOST_FOLDERS: usize = 16;

/// Where a script may be, and what it may read there.
pub(super) struct Places<'a> {
    surroundings: Surroundings<'a>,
    /// The folders it may be in; `None` when that cannot be told. A `cd` that fails leaves it where it was.
    folders: Option<Vec<PathBuf>>,
    vouched: Vec<(String, Caller, bool)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(surroundings: &Surroundings<'a>) -> Self {
        let folders = surroundings.cwd.is_absolute().then(|| vec![absolute(surroundings.cwd, "")]);
        Self { surroundings: *surroundings, folders, vouched: Vec::new() }
    }

    pub(super) fn surroundings(&self) -> &Surroundings<'a> {
        &self.surroundings
    }

    /// Whether a program is vouched for; asked once for each name.
    pub(super) fn vouches_for(&mut self, program: &str, caller: Caller) -> bool {
        if let Some((_, _, known)) = self.vouched.iter().find(|(name, by, _)| name == program && *by == caller) {
            return *known;
        }
        let known = identity::is_vouched_for(program, caller, &self.surroundings);
        self.vouched.push((program.to_owned(), caller, known));
        known
    }

    /// The folders the script may be in; `None` when that cannot be told.
    pub(super) fn folders(&self) -> Option<&[PathBuf]> {
        self.folders.as_deref()
    }

    /// Whether a `*` may put a name that begins with `-` into the line.
    pub(super) fn may_meet_dashes(&self) -> bool {
        let may_hold = |folder: &PathBuf| self.surroundings.lookup.may_hold_dashes(folder);
        self.folders.as_ref().is_none_or(|folders| folders.iter().any(may_hold))
    }

    pub(super) fn go(&mut self, folder: &Word) {
        let is_known = !folder.expands || (folder.tilde && folder.fixed == folder.text.len());
        match self.resolve_all(folder).filter(|_| is_known && folder.text != "-") {
            Some(targets) => self.add(targets.iter().map(|target| absolute(target, "")).collect()),
            None => self.folders = None,
        }
    }

    pub(super) fn go_home(&mut self) {
        match self.surroundings.home {
            Some(home) => self.add(vec![home.to_owned()]),
            None => self.folders = None,
        }
    }

    pub(super) fn go_anywhere(&mut self) {
        self.folders = None;
    }

    fn add(&mut self, targets: Vec<PathBuf>) {
        let Some(folders) = &mut self.folders else { return };
        for target in targets {
            if !folders.contains(&target) {
                folders.push(target);
            }
        }
        if folders.len() > MOST_FOLDERS {
            self.folders = None;
        }
    }

    pub(super) fn may_read_all(&self, words: &[&Word]) -> bool {
        words.iter().all(|word| self.may_read(&word.text, word))
    }

    /// Whether a file may be shown; `text` is the whole word or the part of it that names the file.
    pub(super) fn may_read(&self, text: &str, word: &Word) -> bool {
        if text == "-" {
            return true;
        }
        if word.expands && word.fixed < word.text.len() {
            return self.may_read_expanded(text, word);
        }
        self.may_read_path(text, word.tilde)
    }

    fn may_read_path(&self, text: &str, tilde: bool) -> bool {
        self.resolve(text, tilde).is_some_and(|paths| paths.iter().all(|path| self.is_open(path)))
    }

    /// Whether all below some folders may be searched; without one, the working directory is.
    pub(super) fn may_search_all(&self, words: &[&Word], sees_hidden: bool) -> bool {
        let here = Word::literal(".");
        let starts: &[&Word] = if words.is_empty() { &[&here] } else { words };
        starts.iter().all(|word| {
            self.may_read(&word.text, word)
                && (word.expands && word.fixed < word.text.len()
                    || self.resolve_all(word).is_some_and(|paths| paths.iter().all(|path| !self.holds_private(path, sees_hidden))))
        })
    }

    /// Whether something private is below a folder, as far as its place tells.
    fn holds_private(&self, folder: &Path, sees_hidden: bool) -> bool {
        let (clean, real) = (absolute(folder, ""), self.real(folder));
        let folders = [Some(clean.as_path()), real.as_deref()];
        let homes = self.surroundings.home.into_iter().flat_map(|home| [home.join(".ssh"), home.join(".config/gh")]);
        let system = PRIVATE_PATHS.iter().map(PathBuf::from);
        let given = self.surroundings.private.iter().cloned();
        homes.chain(system).chain(given).any(|private| {
            folders.iter().flatten().any(|folder| {
                private.strip_prefix(folder).is_ok_and(|below| {
                    let is_hidden = below.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
                    sees_hidden || !is_hidden
                })
            })
        })
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        self.facts(path).map(|facts| facts.real_path)
    }

    fn facts(&self, path: &Path) -> Option<FileFacts> {
        self.surroundings.lookup.facts(path)
    }

    /// Whether a file is not private, neither by its path nor by what it links to, and can be read to its end.
    fn is_open(&self, path: &Path) -> bool {
        let clean = absolute(path, "");
        if HARMLESS_DEVICES.iter().any(|device| clean == Path::new(device)) {
            return true;
        }
        if self.is_private(&clean) {
            return false;
        }
        // Asked with the path as it is: `..` behind a link leads elsewhere than its text says.
        match self.facts(path) {
            Some(facts) => facts.kind != FileKind::Special && (facts.real_path == clean || !self.is_private(&facts.real_path)),
            // Nothing is there, or it cannot be told; the name alone has to do.
            None => true,
        }
    }

    fn is_private(&self, path: &Path) -> bool {
        let has_name = path.components().any(|part| {
            let name = part.as_os_str().to_string_lossy();
            PRIVATE_NAMES.contains(&name.as_ref()) || (name.starts_with("ssh_host_") && name.ends_with("_key"))
        });
        let text = path.to_string_lossy();
        has_name
            || PRIVATE_ENDS.iter().any(|end| text.contains(&format!("/{end}/")) || text.ends_with(&format!("/{end}")))
            || self.surroundings.private.iter().any(|private| is_inside(path, private))
            || (PRIVATE_PATHS.iter().any(|private| is_inside(path, Path::new(private))) && !is_system_fact(path))
    }

    /// A word that the shell may put other words in place of.
    fn may_read_expanded(&self, text: &str, word: &Word) -> bool {
        let Some(texts) = braces::apart(text) else { return false };
        texts.iter().all(|text| match text.find(['*', '?', '[']) {
            Some(fixed) => self.may_read_pattern(text, fixed, word.tilde),
            None => self.may_read_path(text, word.tilde),
        })
    }

    /// A pattern of which only the beginning is known.
    fn may_read_pattern(&self, text: &str, fixed: usize, tilde: bool) -> bool {
        let (known, open) = text.split_at(fixed);
        // Folders above, and hidden names where the stars are not in the last part.
        if open.contains("..") || open.contains("/.") || open.contains("id_") {
            return false;
        }
        let (folder, partial) =
            known.rsplit_once('/').map_or(("", known), |(folder, partial)| (if folder.is_empty() { "/" } else { folder }, partial));
        let Some(folders) = self.resolve(if folder.is_empty() { "." } else { folder }, tilde) else { return false };
        let folders: Vec<PathBuf> = folders.iter().map(|folder| absolute(folder, "")).collect();
        let starts_hidden = partial.starts_with('.');
        let names_private = starts_hidden && PRIVATE_NAMES.iter().chain(&[".config", ".cargo"]).any(|name| name.starts_with(partial));
        let system = PRIVATE_PATHS.iter().map(PathBuf::from).chain(self.surroundings.private.iter().cloned());
        let may_meet = system.into_iter().any(|private| {
            folders.iter().any(|folder| {
                private.strip_prefix(folder).is_ok_and(|below| {
                    let name = below.to_string_lossy();
                    name.starts_with(partial) && (starts_hidden || !name.starts_with('.'))
                })
            })
        });
        !names_private && !may_meet && folders.iter().all(|folder| !self.is_private(folder))
    }

    fn resolve_all(&self, word: &Word) -> Option<Vec<PathBuf>> {
        self.resolve(&word.text, word.tilde)
    }

    /// The absolute paths a text may stand for, `..` and all.
    fn resolve(&self, text: &str, tilde: bool) -> Option<Vec<PathBuf>> {
        if let Some(below) = text.strip_prefix('~').filter(|_| tilde) {
            let below = match below.strip_prefix('/') {
                Some(below) => below,
                None if below.is_empty() => "",
                // The home of somebody else.
                None => return None,
            };
            return self.surroundings.home.map(|home| vec![home.join(below)]);
        }
        if text.starts_with('/') {
            return Some(vec![PathBuf::from(text)]);
        }
        self.folders.as_ref().map(|folders| folders.iter().map(|folder| folder.join(text)).collect())
    }
}

/// Files of `/proc` that tell about the machine and not about a process.
fn is_system_fact(path: &Path) -> bool {
    const KEPT: &[&str] = &["kcore", "kmsg", "kpagecount", "keys", "key-users", "self", "thread-self", "sysrq-trigger"];
    let Ok(below) = path.strip_prefix("/proc") else { return false };
    let Some(first) = below.components().next() else { return false };
    let first = first.as_os_str().to_string_lossy();
    !first.bytes().all(|byte| byte.is_ascii_digit()) && !KEPT.contains(&first.as_ref())
}
