//! The skills of a folder: found, read, switched, in the order of the lists.

use std::path::{Path, PathBuf};

use crate::about::{About, Dependency, Interface, about};
use crate::error::{Fault, FaultKind};
use crate::front_matter::front_matter;
use crate::mentions::Mention;
use crate::read::beginning;
use crate::roots::{Places, Scope};
use crate::switches::{Switch, Switches};
use crate::walk::Walk;
use crate::yaml;

/// Bytes of a `SKILL.md` that is handed to the model.
const LONGEST_WHOLE: u64 = 256 * 1024;

/// A skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its name; others may have the same.
    pub name: String,
    /// What it is for, in one line.
    pub description: String,
    /// The same in a few words.
    pub short_description: Option<String>,
    /// How it is shown.
    pub interface: Option<Interface>,
    /// What it needs.
    pub dependencies: Vec<Dependency>,
    /// The real path of its `SKILL.md`.
    pub path: PathBuf,
    /// Whose it is.
    pub scope: Scope,
    /// Whether it is offered at all.
    pub enabled: bool,
    /// Whether the model is told of it, or uses it only when a person names it.
    pub implicit: bool,
}

/// The skills of a folder, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skills {
    /// By scope, then name, then path.
    pub skills: Vec<Skill>,
    /// In the order they were found.
    pub faults: Vec<Fault>,
    /// The folders that were looked into, by their real paths, and in order.
    pub folders: Vec<PathBuf>,
    /// The folders that skills could lie in and that are not there.
    pub missing: Vec<PathBuf>,
}

/// Finds and reads the skills of these places. Reads the disk; what cannot be read is a fault, never an error.
pub fn load(places: &Places, switches: &[Switch]) -> Skills {
    let mut walk = Walk::default();
    let mut skills = Vec::new();
    let mut faults = Vec::new();
    let mut missing = Vec::new();
    let mut switched = None;
    for root in places.roots() {
        let before = walk.found.len();
        if !walk.root(&root) {
            missing.push(root.path);
            continue;
        }
        for path in &walk.found[before..] {
            let switches = switched.get_or_insert_with(|| Switches::new(switches));
            match read(path, root.scope, switches) {
                Ok(skill) => skills.extend(skill),
                Err(kind) => faults.push(Fault { path: path.clone(), kind }),
            }
        }
    }
    faults.append(&mut walk.faults);
    skills.sort_by(|a: &Skill, b| (a.scope, &a.name, &a.path).cmp(&(b.scope, &b.name, &b.path)));
    Skills { skills, faults, folders: walk.seen(), missing }
}

/// `None` is a skill of another program.
fn read(path: &Path, scope: Scope, switches: &Switches) -> Result<Option<Skill>, FaultKind> {
    let folder = path.parent().unwrap_or(path);
    let (head, _) = beginning(path, yaml::LONGEST).map_err(|error| FaultKind::Unreadable(error.to_string()))?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let said = front_matter(&head, &name)?;
    let About { interface, dependencies, implicit, is_ours } = about_of(folder);
    Ok(is_ours.then(|| Skill {
        enabled: switches.allow(path, &said.name),
        name: said.name,
        description: said.description,
        short_description: said.short_description,
        interface,
        dependencies,
        path: path.to_path_buf(),
        scope,
        implicit,
    }))
}

fn about_of(folder: &Path) -> About {
    let text = beginning(&folder.join("agents/openai.yaml"), yaml::LONGEST).ok().filter(|(_, is_longer)| !is_longer);
    text.and_then(|(bytes, _)| String::from_utf8(bytes).ok()).map_or_else(About::default, |text| about(&text, folder))
}

impl Skill {
    /// The whole file, front matter included. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Unreadable`], [`FaultKind::TooBig`].
    pub fn whole_text(&self) -> Result<String, FaultKind> {
        let (bytes, is_longer) = beginning(&self.path, LONGEST_WHOLE).map_err(|error| FaultKind::Unreadable(error.to_string()))?;
        if is_longer {
            return Err(FaultKind::TooBig(LONGEST_WHOLE));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Skills {
    /// The skills that are meant, each once, in the order of the mentions. A name that several enabled skills share means none.
    pub fn mentioned(&self, mentions: &[Mention]) -> Vec<&Skill> {
        let mut found: Vec<&Skill> = Vec::new();
        for mention in mentions {
            let skill = match mention {
                Mention::Name(name) => self.named(name).or_else(|| self.named(name.trim_end_matches(':'))),
                Mention::Path(path) => self.at(path),
            };
            found.extend(skill.filter(|skill| !found.iter().any(|other| other.path == skill.path)));
        }
        found
    }

    fn named(&self, name: &str) -> Option<&Skill> {
        let mut found = self.skills.iter().filter(|skill| skill.enabled && skill.name == name);
        found.next().filter(|_| found.next().is_none())
    }

    fn at(&self, path: &Path) -> Option<&Skill> {
        let is_at = |path: &Path| self.skills.iter().find(|skill| skill.enabled && skill.path == path);
        is_at(path).or_else(|| is_at(&path.canonicalize().ok()?))
    }
}
