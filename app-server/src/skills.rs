//! `skills/list` and `skills/config/write`: which skills there are for a folder, and which the user switched off.
//!
//! Reads the front matter of `SKILL.md` files below a few folders. What a skill does in a turn is not decided here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use codex_app_server_protocol::types as wire;
use codex_config::edit::{self, Change};
use serde_json::json;

use crate::error::Failure;
use crate::server::Server;
use crate::settings;

/// How deep below a root a skill may lie.
const DEEPEST: usize = 6;
/// Bytes of a `SKILL.md` that are read for its front matter.
const LONGEST: u64 = 256 * 1024;

/// What the user says of single skills; later entries win.
struct Switches(Vec<(Option<PathBuf>, Option<String>, bool)>);

impl Switches {
    fn enabled(&self, path: &Path, name: &str) -> bool {
        let meant = |(by_path, by_name, _): &&(Option<PathBuf>, Option<String>, bool)| {
            by_path.as_deref() == Some(path) || by_name.as_deref() == Some(name)
        };
        self.0.iter().rev().find(meant).is_none_or(|(_, _, enabled)| *enabled)
    }
}

impl Server {
    /// `skills/list`.
    pub(crate) fn skills_list(&self, params: &wire::SkillsListParams) -> Result<wire::SkillsListResponse, Failure> {
        let switches = self.switches()?;
        let own = self.surroundings.load.cwd.display().to_string();
        let cwds = if params.cwds.is_empty() { vec![own] } else { params.cwds.clone() };
        let data = cwds.into_iter().map(|cwd| self.skills_of(cwd, &switches)).collect();
        Ok(wire::SkillsListResponse { data })
    }

    fn skills_of(&self, cwd: String, switches: &Switches) -> wire::SkillsListEntry {
        let folder = settings::absolute(&self.surroundings, &cwd);
        let (mut skills, mut errors, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (scope, root) in self.roots(&folder) {
            let mut found = Vec::new();
            find(&root, DEEPEST, &mut found);
            let mut of_root = Vec::new();
            for path in found.into_iter().filter(|path| seen.insert(path.clone())) {
                match read(&path) {
                    Ok((name, description, short_description)) => of_root.push(wire::SkillMetadata {
                        dependencies: None,
                        enabled: switches.enabled(&path, &name),
                        description,
                        interface: None,
                        name,
                        path: path.display().to_string(),
                        scope,
                        short_description,
                    }),
                    Err(message) => errors.push(wire::SkillErrorInfo { message, path: path.display().to_string() }),
                }
            }
            of_root.sort_by(|a: &wire::SkillMetadata, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
            skills.extend(of_root);
        }
        wire::SkillsListEntry { cwd, errors, skills }
    }

    /// Folders that skills lie in, and whose they are.
    fn roots(&self, cwd: &Path) -> Vec<(wire::SkillScope, PathBuf)> {
        let top = codex_git::find_root(cwd).unwrap_or_else(|| cwd.to_path_buf());
        let folders = cwd.ancestors().take_while(|folder| folder.starts_with(&top));
        let in_project = folders.flat_map(|folder| [folder.join(".agents/skills"), folder.join(".codex/skills")]);
        let mut roots: Vec<_> = in_project.map(|root| (wire::SkillScope::Repo, root)).collect();
        let home = self.surroundings.codex_home();
        roots.push((wire::SkillScope::User, home.join("skills")));
        if let Some(user) = self.surroundings.runtime.env_text("HOME") {
            roots.push((wire::SkillScope::User, Path::new(user).join(".agents/skills")));
        }
        roots.push((wire::SkillScope::System, home.join("skills/.system")));
        roots
    }

    fn switches(&self) -> Result<Switches, Failure> {
        let entries = self.skill_entries()?;
        let text = |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let switch = |entry: &toml::Value| {
            let enabled = entry.get("enabled").and_then(toml::Value::as_bool).unwrap_or(true);
            (text(entry, "path").map(PathBuf::from), text(entry, "name"), enabled)
        };
        Ok(Switches(entries.iter().map(switch).collect()))
    }

    /// `[[skills.config]]` of the user's file.
    fn skill_entries(&self) -> Result<Vec<toml::Value>, Failure> {
        let path = self.surroundings.codex_home().join("config.toml");
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let table: toml::Table = text.parse().map_err(|error| Failure::invalid(format!("failed to load configuration: {error}")))?;
        let entries = table.get("skills").and_then(|skills| skills.get("config")).and_then(toml::Value::as_array);
        Ok(entries.cloned().unwrap_or_default())
    }

    /// `skills/config/write`: switching a skill on takes its entry away.
    pub(crate) fn skills_config_write(&self, params: &wire::SkillsConfigWriteParams) -> Result<wire::SkillsConfigWriteResponse, Failure> {
        let (key, meant) = match (&params.path, &params.name) {
            (Some(path), None) => ("path", path.as_path().display().to_string()),
            (None, Some(name)) => ("name", name.clone()),
            _ => return Err(Failure::params("skills/config/write requires exactly one of path or name")),
        };
        let mut entries = self.skill_entries()?;
        entries.retain(|entry| entry.get(key).and_then(toml::Value::as_str) != Some(meant.as_str()));
        if !params.enabled {
            let entry = json!({ key: meant, "enabled": false });
            entries.push(toml::Value::try_from(entry).map_err(|error| Failure::internal(error.to_string()))?);
        }
        let path = vec!["skills".to_owned(), "config".to_owned()];
        let change = if entries.is_empty() { Change::Remove { path } } else { Change::Set { path, value: toml::Value::Array(entries) } };
        edit::apply(self.surroundings.codex_home(), &[change]).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(wire::SkillsConfigWriteResponse { effective_enabled: params.enabled })
    }
}

/// Finds `SKILL.md` files below a folder, real paths. Folders with a leading dot are passed over.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name == "SKILL.md" && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            found.push(path.canonicalize().unwrap_or(path));
        } else if depth > 0 && !name.as_encoded_bytes().starts_with(b".") && path.is_dir() {
            find(&path, depth - 1, found);
        }
    }
}

type Described = (String, String, Option<String>);

/// Name, description and short description of a skill, or what is wrong with it.
fn read(path: &Path) -> Result<Described, String> {
    let text = codex_git::read_bounded(path, LONGEST).ok_or("it cannot be read, or is too long")?;
    let text = String::from_utf8(text).map_err(|_| "it is not UTF-8")?;
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    described(&text, folder)
}

fn described(text: &str, folder: String) -> Result<Described, String> {
    const MISSING: &str = "missing YAML frontmatter delimited by ---";
    let mut lines = text.lines();
    if lines.next() != Some("---") {
        return Err(MISSING.to_owned());
    }
    let mut front = Vec::new();
    loop {
        match lines.next() {
            Some("---") => break,
            Some(line) => front.push(line),
            None => return Err(MISSING.to_owned()),
        }
    }
    let value = |key: &str, nested: bool| {
        let line = front.iter().enumerate().find_map(|(at, line)| {
            let is_nested = line.starts_with([' ', '\t']);
            let rest = line.trim_start().strip_prefix(key)?.strip_prefix(':')?;
            (is_nested == nested).then_some((at, rest.trim()))
        });
        line.map(|(at, first)| plain(first, &front[at + 1..]))
    };
    let name = value("name", false).filter(|name| !name.is_empty()).unwrap_or(folder);
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let description = value("description", false).filter(|text| !text.is_empty()).ok_or("missing field `description`")?;
    let short = value("short-description", true).filter(|text| !text.is_empty());
    let limits =
        [("name", Some(&name), 64), ("description", Some(&description), 1024), ("metadata.short-description", short.as_ref(), 1024)];
    for (key, text, most) in limits {
        if text.is_some_and(|text| text.chars().count() > most) {
            return Err(format!("invalid {key}: exceeds maximum length of {most} characters"));
        }
    }
    Ok((name, description, short))
}

/// A scalar: quoted, plain, or a block whose lines are joined.
fn plain(first: &str, below: &[&str]) -> String {
    if first.is_empty() || first.starts_with(['|', '>']) {
        let block = below.iter().take_while(|line| line.starts_with([' ', '\t']) || line.is_empty());
        return block.map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    }
    for quote in ['"', '\''] {
        if let Some(inner) = first.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    first.to_owned()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn front_matter_is_read_and_its_faults_are_named() {
        let folder = || "folder".to_owned();
        let whole = "---\nname: \"a  b\"\ndescription: >\n  one\n  two\nmetadata:\n  short-description: s\n---\nbody";
        assert_eq!(described(whole, folder()), Ok(("a b".to_owned(), "one two".to_owned(), Some("s".to_owned()))));
        assert_eq!(described("---\ndescription: d\n---\n", folder()), Ok(("folder".to_owned(), "d".to_owned(), None)));
        for (text, why) in [
            ("body", "missing YAML frontmatter delimited by ---"),
            ("---\nname: x\n", "missing YAML frontmatter delimited by ---"),
            ("---\nname: x\n---\n", "missing field `description`"),
        ] {
            assert_eq!(described(text, folder()), Err(why.to_owned()));
        }
        let long = format!("---\nname: {}\ndescription: d\n---\n", "n".repeat(65));
        assert_eq!(described(&long, folder()), Err("invalid name: exceeds maximum length of 64 characters".to_owned()));
    }
}
