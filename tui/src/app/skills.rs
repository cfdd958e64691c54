//! The skills there are: offered behind `$`, listed and switched by `/skills`.
//!
//! They are looked for when a mention is begun, behind the screen: in process on the disk, with threads at a server there. **Not
//! here:** what a skill is and how it is found (`codex-skills`), what the model gets of it (`codex-core`).

use std::path::Path;
use std::sync::Arc;

use codex_app_server_protocol::types as wire;
use codex_config::Config;
use codex_config::edit::{self, SkillKey};
use codex_config::schema::SkillToml;
use codex_skills::Scope;
use serde_json::{Value, json};

use super::elsewhere::Server;
use super::engine::Found;
use super::state::App;
use crate::composer::MentionEntry;

/// What a row of the list behind `$` is.
const KIND: &str = "Skill";

/// A skill, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkillEntry {
    pub(crate) name: String,
    pub(crate) about: String,
    /// Its `SKILL.md`, on the machine where threads run.
    pub(crate) path: String,
    /// Whose it is, in a word.
    pub(crate) whose: &'static str,
    pub(crate) enabled: bool,
}

/// What is known of them.
#[derive(Debug, Default)]
pub(crate) struct KnownSkills {
    /// They were looked for since a mention was begun.
    asked: bool,
}

impl App {
    /// Looks for skills, once for each mention that is begun.
    pub(crate) fn look_for_skills(&mut self) {
        if !self.composer.begins_mention() {
            self.skills.asked = false;
            return;
        }
        if !std::mem::replace(&mut self.skills.asked, true) {
            // Who cannot say which there are leaves the list as it was.
            self.with_skills(|app, found| {
                if let Ok(skills) = found {
                    app.composer.set_mentions(skills.iter().filter(|skill| skill.enabled).map(entry).collect());
                    app.dirty = true;
                }
            });
        }
    }

    /// Finds out which skills there are, and goes on with them.
    pub(crate) fn with_skills(&self, then: impl FnOnce(&mut Self, Result<Vec<SkillEntry>, String>) + Send + 'static) {
        if let Some(server) = self.server.clone() {
            let cwd = self.chat.facts.cwd.display().to_string();
            self.find_out(async move {
                let found = elsewhere(&server, cwd).await;
                Found::Ask(Box::new(move |app| then(app, found)))
            });
            return;
        }
        let (config, runtime) = (Arc::clone(&self.config), Arc::clone(&self.surroundings.runtime));
        self.engine.find(move || {
            let found = here(&config, runtime.env_text("HOME"));
            Some(Found::Ask(Box::new(move |app| then(app, Ok(found)))))
        });
    }

    /// Switches skills, in the settings of where threads run, and says how that went.
    pub(crate) fn switch_skills(
        &mut self,
        changes: Vec<(SkillEntry, bool)>,
        then: impl FnOnce(&mut Self, Result<(), String>) + Send + 'static,
    ) {
        if let Some(server) = self.server.clone() {
            self.find_out(async move {
                let outcome = switch_elsewhere(&server, &changes).await;
                Found::Ask(Box::new(move |app| then(app, outcome)))
            });
            return;
        }
        let outcome = changes.iter().try_for_each(|(skill, on)| {
            keys(skill, *on).into_iter().try_for_each(|key| edit::set_skill(&self.config.codex_home, key, *on))
        });
        if outcome.is_ok() {
            self.config = Arc::new(switched(&self.config, &changes));
        }
        then(self, outcome.map_err(|error| error.to_string()));
    }
}

/// What entries a change is made by: one is switched off by its file; to be on, nothing else may switch it off.
fn keys(skill: &SkillEntry, on: bool) -> Vec<SkillKey<'_>> {
    let by_name = on.then_some(SkillKey::Name(&skill.name));
    [SkillKey::Path(Path::new(&skill.path))].into_iter().chain(by_name).collect()
}

/// The configuration as it would be read now.
fn switched(config: &Config, changes: &[(SkillEntry, bool)]) -> Config {
    let mut config = config.clone();
    let mut all = (*config.keys).clone();
    let entries = &mut all.skills.get_or_insert_default().config;
    for (skill, on) in changes {
        let path = Path::new(&skill.path);
        entries.retain(|entry| entry.path.as_deref() != Some(path) && !(*on && entry.name.as_ref() == Some(&skill.name)));
        if !on {
            entries.push(SkillToml { path: Some(path.to_path_buf()), name: None, enabled: false });
        }
    }
    config.keys = Arc::new(all);
    config
}

fn here(config: &Config, home: Option<&str>) -> Vec<SkillEntry> {
    let found = codex_core::skills(config, home.filter(|home| !home.is_empty()).map(Path::new), &[]);
    let entry = |skill: codex_skills::Skill| SkillEntry {
        name: skill.name,
        about: skill.short_description.unwrap_or(skill.description),
        path: skill.path.display().to_string(),
        whose: match skill.scope {
            Scope::Repo => "project",
            Scope::User => "yours",
            Scope::System => "program",
        },
        enabled: skill.enabled,
    };
    found.skills.into_iter().map(entry).collect()
}

async fn elsewhere(server: &Server, cwd: String) -> Result<Vec<SkillEntry>, String> {
    let listed: wire::SkillsListResponse = server.request("skills/list", &json!({ "cwds": [cwd] })).await?;
    let entry = |skill: wire::SkillMetadata| SkillEntry {
        name: skill.name,
        about: skill.short_description.unwrap_or(skill.description),
        path: skill.path,
        whose: match skill.scope {
            wire::SkillScope::Repo => "project",
            wire::SkillScope::User => "yours",
            wire::SkillScope::System => "program",
            wire::SkillScope::Admin => "machine",
        },
        enabled: skill.enabled,
    };
    Ok(listed.data.into_iter().flat_map(|folder| folder.skills).map(entry).collect())
}

async fn switch_elsewhere(server: &Server, changes: &[(SkillEntry, bool)]) -> Result<(), String> {
    for (skill, on) in changes {
        for key in keys(skill, *on) {
            let params = match key {
                SkillKey::Path(path) => json!({ "path": path, "enabled": on }),
                SkillKey::Name(name) => json!({ "name": name, "enabled": on }),
            };
            server.request::<Value>("skills/config/write", &params).await?;
        }
    }
    Ok(())
}

fn entry(skill: &SkillEntry) -> MentionEntry {
    MentionEntry { name: skill.name.clone(), kind: KIND.to_owned(), about: skill.about.clone(), path: skill.path.clone() }
}
