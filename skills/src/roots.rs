//! The folders that skills lie in, and whose they are.

use std::path::{Path, PathBuf};

/// Whose a skill is, in the order of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The project's.
    Repo,
    /// The user's.
    User,
    /// The program's own.
    System,
}

/// How the project's skills are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Project {
    /// Not at all.
    Unused,
    /// Their text is read; links out of the project are not followed.
    Read,
    /// The user trusts the project: links are followed wherever they lead.
    Trusted,
}

/// Where is looked.
#[derive(Clone, Debug)]
pub struct Places {
    /// Working directory, absolute.
    pub cwd: PathBuf,
    /// The root of its repository; `None` outside of one, where `cwd` alone is looked at.
    pub project_root: Option<PathBuf>,
    /// How the project's are taken.
    pub project: Project,
    /// `$CODEX_HOME`.
    pub codex_home: PathBuf,
    /// `$HOME`.
    pub user_home: Option<PathBuf>,
    /// Further folders of the user's.
    pub extra_user_roots: Vec<PathBuf>,
    /// Whether the program's own count.
    pub bundled: bool,
}

/// A folder that skills lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Whose its skills are.
    pub scope: Scope,
    /// The folder; need not exist.
    pub path: PathBuf,
    /// Where links may lead; `None` is anywhere.
    pub bounds: Option<PathBuf>,
}

impl Places {
    /// The folders, in the order they are looked at. One that is the user's and below the project comes first as the project's.
    pub fn roots(&self) -> Vec<Root> {
        let mut users = vec![self.codex_home.join("skills")];
        users.extend(self.user_home.iter().map(|home| home.join(".agents/skills")));
        users.extend(self.extra_user_roots.iter().cloned());
        let mut roots = self.project_roots(&users);
        roots.extend(users.into_iter().map(|path| Root { scope: Scope::User, path, bounds: None }));
        if self.bundled {
            roots.push(Root { scope: Scope::System, path: self.codex_home.join("skills/.system"), bounds: None });
        }
        roots
    }

    fn project_roots(&self, users: &[PathBuf]) -> Vec<Root> {
        if self.project == Project::Unused {
            return Vec::new();
        }
        let top = self.project_root.as_deref().filter(|top| self.cwd.starts_with(top)).unwrap_or(&self.cwd);
        let bounds = (self.project == Project::Read).then(|| real(top));
        let folders = self.cwd.ancestors().take_while(|folder| folder.starts_with(top));
        let inside = folders.flat_map(|folder| [folder.join(".agents/skills"), folder.join(".codex/skills")]);
        // Links in what is the user's may lead anywhere, wherever the user works.
        let bounds_of = |path: &PathBuf| bounds.clone().filter(|_| !users.contains(path));
        inside.map(|path| Root { scope: Scope::Repo, bounds: bounds_of(&path), path }).collect()
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
