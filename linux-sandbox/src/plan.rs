//! From a confinement and the state of the disk to what has to be where in a command's view of it.
//!
//! Pure: asks a [`Disk`], touches nothing. The namespace back end turns [`Plan::steps`] into mounts, in their order, parents
//! before what is in them; the Landlock back end reads the same plan as exceptions to what it grants. Further mounts, such as
//! another program over one of the system's, are further [`Action`]s.
//!
//! Names that have to stay as they are and are missing get a stub, an empty folder, for as long as the command runs: nothing
//! less keeps a name in a writable folder from being made, for a mount needs something to sit on.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use codex_protocol::policy::PROTECTED_NAMES;

use crate::call::Confinement;
use crate::disk::{Disk, Kind};
use crate::secrets;

/// What a path becomes. A later one wins where two want the same path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// Stays what it is, and can be neither renamed nor removed: it holds something deeper that is protected by its place.
    Pin,
    /// Writable.
    Open,
    /// Read-only.
    Close,
    /// Neither listed nor read.
    Hide,
}

/// How a plan in bytes ends.
const END: u8 = b'.';

impl Action {
    const ALL: [Self; 4] = [Self::Pin, Self::Open, Self::Close, Self::Hide];

    fn letter(self) -> u8 {
        match self {
            Self::Pin => b'P',
            Self::Open => b'O',
            Self::Close => b'C',
            Self::Hide => b'H',
        }
    }

    fn of(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.letter() == letter)
    }
}

/// What has to be where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// By path, parents first.
    pub(crate) steps: BTreeMap<PathBuf, Action>,
    /// Missing names that need a stub first; each is a step as well.
    pub(crate) stubs: BTreeSet<PathBuf>,
    /// `$CODEX_HOME`, resolved, where it exists: commands have nothing of what is hidden in it, also where that is missing now.
    pub(crate) home: Option<PathBuf>,
}

impl Plan {
    /// Makes the plan.
    pub(crate) fn new(limits: &Confinement, disk: &dyn Disk) -> Self {
        let home = limits.codex_home.as_ref().and_then(|home| disk.resolve(home));
        // A disk whose root is the home keeps its parts; what is hidden in it is covered one by one.
        let home = home.filter(|home| disk.kind(home) == Kind::Folder && home.parent().is_some());
        let mut plan = Self { home, ..Self::default() };
        let roots: Vec<&Path> = limits.roots().filter(|root| disk.kind(root) != Kind::Missing).collect();
        for root in &roots {
            plan.add(root, Action::Open);
        }
        for path in protected(limits, &roots, disk).into_iter().chain(plan.home.clone()) {
            plan.protect(&path, &roots, disk);
        }
        for path in secrets::hidden(limits, disk) {
            plan.add(&path, Action::Hide);
        }
        plan.pin_ways(&roots);
        plan
    }

    /// The plan, for [`from_bytes`](Self::from_bytes).
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let stubs = self.stubs.iter().map(|path| (b'S', path));
        let steps = self.steps.iter().map(|(path, action)| (action.letter(), path));
        let all = self.home.iter().map(|home| (b'~', home)).chain(stubs).chain(steps);
        let mut bytes: Vec<u8> = all.flat_map(|(letter, path)| [&[letter], path.as_os_str().as_bytes(), &[0]].concat()).collect();
        bytes.push(END);
        bytes
    }

    /// `None` for anything that is not whole.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut plan = Self::default();
        for entry in bytes.strip_suffix(&[END])?.split_inclusive(|byte| *byte == 0) {
            let (letter, path) = entry.strip_suffix(&[0])?.split_first()?;
            let path = PathBuf::from(OsStr::from_bytes(path));
            match letter {
                b'~' => plan.home = Some(path),
                b'S' => drop(plan.stubs.insert(path)),
                letter => drop(plan.steps.insert(path, Action::of(*letter)?)),
            }
        }
        Some(plan)
    }

    /// The paths of one kind.
    pub(crate) fn of(&self, wanted: Action) -> impl Iterator<Item = &Path> {
        self.steps.iter().filter(move |(_, action)| **action == wanted).map(|(path, _)| path.as_path())
    }

    /// Whether a path is that of something hidden in the home, or in it.
    pub(crate) fn is_sealed_away(&self, path: &Path) -> bool {
        let inside = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        inside.and_then(|inside| inside.iter().next()).is_some_and(|name| secrets::is_left_out(name.as_bytes()))
    }

    /// Inside another sandbox: what that one closes and hides needs no second time.
    pub(crate) fn forget_what_is_closed_already(&mut self) {
        use rustix::fs::{Access, access};
        self.stubs.clear();
        self.home = None;
        self.steps.retain(|path, action| match action {
            Action::Close => access(path, Access::WRITE_OK).is_ok(),
            Action::Hide => access(path, Access::READ_OK).is_ok(),
            Action::Pin | Action::Open => true,
        });
    }

    fn add(&mut self, path: &Path, action: Action) {
        let step = self.steps.entry(path.to_owned()).or_insert(action);
        *step = action.max(*step);
    }

    /// Closes a path where it could be written, or the first part of it that is missing.
    fn protect(&mut self, path: &Path, roots: &[&Path], disk: &dyn Disk) {
        if !roots.iter().any(|root| path.starts_with(root)) {
            return;
        }
        let missing = path.ancestors().take_while(|part| disk.kind(part) == Kind::Missing).last();
        if let Some(missing) = missing {
            self.stubs.insert(missing.to_owned());
        }
        self.add(missing.unwrap_or(path), Action::Close);
    }

    /// A mounted-upon path cannot be moved, but a folder on the way to it can, and then something else could be put in its place.
    fn pin_ways(&mut self, roots: &[&Path]) {
        let targets: Vec<PathBuf> = self.of(Action::Open).chain(self.of(Action::Close)).map(Path::to_owned).collect();
        for target in targets {
            for way in target.ancestors().skip(1) {
                let movable = roots.iter().any(|root| way.starts_with(root) && way != *root);
                if movable && !self.of(Action::Close).any(|closed| way.starts_with(closed)) {
                    self.add(way, Action::Pin);
                }
            }
        }
    }
}

/// Everything that stays read-only although a root may be writable there. Not all of it exists or lies in a root.
fn protected(limits: &Confinement, roots: &[&Path], disk: &dyn Disk) -> BTreeSet<PathBuf> {
    let mut found: BTreeSet<PathBuf> = limits.codex_home.iter().cloned().collect();
    for root in roots.iter().filter(|root| disk.kind(root) == Kind::Folder) {
        for name in PROTECTED_NAMES {
            let path = root.join(name);
            found.extend(disk.resolve(&path).or_else(|| Some(without_dots(&root.join(disk.link(&path)?)))));
            if name == ".git" {
                found.extend(git_folders(&path, disk));
            }
            found.insert(path);
        }
    }
    found
}

/// Where the repository really is: what a `.git` file points to, and what is shared by its work trees.
pub(crate) fn git_folders(git: &Path, disk: &dyn Disk) -> Vec<PathBuf> {
    let Some(git) = disk.resolve(git) else { return Vec::new() };
    let folder = match disk.kind(&git) {
        Kind::File => pointer(&git, b"gitdir:", disk),
        Kind::Folder => Some(git),
        Kind::Missing | Kind::Link => None,
    };
    let Some(folder) = folder else { return Vec::new() };
    let shared = disk.text(&folder.join("commondir")).and_then(|text| target(&folder, &text, disk));
    [Some(folder), shared].into_iter().flatten().collect()
}

fn pointer(file: &Path, key: &[u8], disk: &dyn Disk) -> Option<PathBuf> {
    let text = disk.text(file)?;
    target(file.parent()?, text.strip_prefix(key)?, disk)
}

/// The path on the first line, from `base`; as written when it leads nowhere.
fn target(base: &Path, text: &[u8], disk: &dyn Disk) -> Option<PathBuf> {
    let line = text.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).next()?.trim_ascii();
    if line.is_empty() {
        return None;
    }
    let path = base.join(OsStr::from_bytes(line));
    Some(disk.resolve(&path).unwrap_or_else(|| without_dots(&path)))
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            std::path::Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::fake::FakeDisk;

    fn plan(roots: &[&str], home: &str, disk: &[(&str, &str)]) -> Vec<String> {
        let limits = Confinement {
            cwd: "/".into(),
            write: roots.iter().map(PathBuf::from).collect(),
            codex_home: Some(home.into()),
            ..Confinement::default()
        };
        let plan = Plan::new(&limits, &FakeDisk::new(disk));
        plan.steps
            .iter()
            .map(|(path, action)| {
                let stub = if plan.stubs.contains(path) { " stub" } else { "" };
                format!("{action:?} {}{stub}", path.display())
            })
            .collect()
    }

    #[test]
    fn nothing_writable_needs_nothing_but_the_secrets_hidden() {
        assert!(plan(&[], "/h", &[("/h/config.toml", "x")]).is_empty());
        assert_eq!(plan(&[], "/h", &[("/h/auth.json", "x")]), ["Hide /h/auth.json"]);
    }

    /// S2
    #[test]
    fn the_names_are_closed_in_every_root_whether_they_exist_or_not() {
        let disk = [("/w/.git", ""), ("/w/.agents", "a file"), ("/t", "")];
        assert_eq!(
            plan(&["/w", "/t", "/gone"], "/h", &disk),
            [
                "Open /t",
                "Close /t/.agents stub",
                "Close /t/.codex stub",
                "Close /t/.git stub",
                "Open /w",
                "Close /w/.agents",
                "Close /w/.codex stub",
                "Close /w/.git"
            ]
        );
    }

    /// S2, A10
    #[test]
    fn the_repository_behind_a_file_or_a_link_is_closed_where_it_could_be_written() {
        let worktree = [
            ("/w/.git", "gitdir: ../main/.git/worktrees/w\n"),
            ("/main/.git/worktrees/w/commondir", "../..\n"),
            ("/w/.codex", ""),
            ("/w/.agents", ""),
        ];
        let outside = plan(&["/w"], "/h", &worktree);
        assert_eq!(outside, ["Open /w", "Close /w/.agents", "Close /w/.codex", "Close /w/.git"]);
        let inside = plan(&["/", "/w"], "/h", &worktree);
        for wanted in ["Close /main/.git", "Close /main/.git/worktrees/w", "Pin /main", "Close /.git stub"] {
            assert!(inside.iter().any(|step| step == wanted), "{wanted}: {inside:?}");
        }
        let linked = [("/w/.git", ">store/git"), ("/w/store/git", ""), ("/w/.codex", ""), ("/w/.agents", "")];
        let linked = plan(&["/w"], "/h", &linked);
        assert_eq!(linked[3..], ["Close /w/.git", "Pin /w/store", "Close /w/store/git"]);
        let leading_nowhere = plan(&["/w"], "/h", &[("/w/.git", ">later"), ("/w/.codex", ""), ("/w/.agents", "")]);
        assert_eq!(leading_nowhere[3..], ["Close /w/.git", "Close /w/later stub"]);
        let dangling = [("/w/.git", "gitdir: new/git"), ("/w/.codex", ""), ("/w/.agents", "")];
        let dangling = plan(&["/w"], "/h", &dangling);
        assert_eq!(dangling[3..], ["Close /w/.git", "Close /w/new stub"]);
    }

    #[test]
    fn a_home_in_a_root_is_closed_and_a_root_in_the_home_is_open() {
        let disk = [("/u/.codex/memories", ""), ("/u/.codex/auth.json", "k"), ("/u/.git", ""), ("/u/.agents", "")];
        let steps = plan(&["/u", "/u/.codex/memories"], "/u/.codex", &disk);
        let inner = "Open /u/.codex/memories";
        assert_eq!(steps[..3], ["Open /u", "Close /u/.agents", "Close /u/.codex"]);
        assert!(steps.contains(&"Hide /u/.codex/auth.json".into()) && steps.contains(&inner.into()), "{steps:?}");
        let deep = plan(&["/u"], "/u/a/b/home", &[("/u/a/b/home", ""), ("/u/.git", "")]);
        assert!(deep.contains(&"Pin /u/a".into()) && deep.contains(&"Pin /u/a/b".into()), "{deep:?}");
        assert!(deep.contains(&"Close /u/a/b/home".into()));
    }

    #[test]
    fn a_plan_in_bytes_is_the_same_or_none() {
        let limits = Confinement {
            write: vec!["/w".into(), PathBuf::from(OsStr::from_bytes(b"/\xff.\n"))],
            codex_home: Some("/w/h".into()),
            ..Confinement::default()
        };
        let disk = [("/w/h/auth.json", "k"), ("/w/.git", "")];
        let plan = Plan::new(&limits, &FakeDisk::new(&disk));
        assert!(!plan.stubs.is_empty() && plan.home.is_some());
        let bytes = plan.to_bytes();
        assert_eq!(Plan::from_bytes(&bytes), Some(plan));
        assert_eq!(Plan::from_bytes(&Plan::default().to_bytes()), Some(Plan::default()));
        for cut in 0..bytes.len() {
            assert_eq!(Plan::from_bytes(&bytes[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn what_leads_to_a_root_inside_a_root_cannot_be_moved_away() {
        let disk = [("/tmp/a/w/.git", ""), ("/tmp/a/w/.codex", ""), ("/tmp/a/w/.agents", "")];
        let steps = plan(&["/tmp", "/tmp/a/w"], "/h", &disk);
        assert!(steps.contains(&"Pin /tmp/a".into()) && steps.contains(&"Open /tmp/a/w".into()), "{steps:?}");
    }
}
