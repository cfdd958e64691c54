//! `skills/list` and `skills/config/write`: which skills there are for a folder, and which the user switched off.
//!
//! Only translates: skills are found and read by `codex-skills`, under the configuration of the folder that is asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_config::LoadOptions;
use codex_config::edit::{self, SkillKey};
use codex_skills::{Dependency, Interface, Scope, Skill};

use crate::error::Failure;
use crate::server::Server;
use crate::settings;

/// How often it is looked again because something new is watched.
const MOST_LOOKS: usize = 3;

impl Server {
    /// `skills/list`. The disk is looked at every time, so that there is nothing to reload.
    pub(crate) fn skills_list(self: &Arc<Self>, params: &wire::SkillsListParams) -> Result<wire::SkillsListResponse, Failure> {
        let own = self.surroundings.load.cwd.display().to_string();
        let cwds = if params.cwds.is_empty() { vec![own] } else { params.cwds.clone() };
        let further = params.per_cwd_extra_user_roots.as_deref().unwrap_or_default();
        let entries = cwds.into_iter().map(|cwd| {
            let of_folder = further.iter().filter(|entry| entry.cwd == cwd).flat_map(|entry| &entry.extra_user_roots);
            let roots = of_folder.map(|root| absolute_root(root)).collect::<Result<Vec<_>, _>>()?;
            self.skills_of(cwd, &roots)
        });
        Ok(wire::SkillsListResponse { data: entries.collect::<Result<_, _>>()? })
    }

    fn skills_of(self: &Arc<Self>, cwd: String, further: &[PathBuf]) -> Result<wire::SkillsListEntry, Failure> {
        let folder = settings::absolute(&self.surroundings, &cwd);
        let config = settings::read(&LoadOptions { cwd: folder, ..self.load_options() })?;
        let home = self.surroundings.runtime.env_text("HOME").filter(|home| !home.is_empty()).map(Path::new);
        let mut found = codex_core::skills(&config, home, further);
        for _ in 0..MOST_LOOKS {
            if !self.skill_watch.watch(self, &found) {
                break;
            }
            found = codex_core::skills(&config, home, further);
        }
        let error =
            |fault: codex_skills::Fault| wire::SkillErrorInfo { message: fault.kind.to_string(), path: fault.path.display().to_string() };
        Ok(wire::SkillsListEntry {
            cwd,
            errors: found.faults.into_iter().map(error).collect(),
            skills: found.skills.into_iter().map(metadata).collect(),
        })
    }

    /// `skills/config/write`: switching a skill on takes away the entry that switched it off.
    pub(crate) fn skills_config_write(&self, params: &wire::SkillsConfigWriteParams) -> Result<wire::SkillsConfigWriteResponse, Failure> {
        let key = match (&params.path, &params.name) {
            (Some(path), None) => SkillKey::Path(path.as_path()),
            (None, Some(name)) => SkillKey::Name(name),
            _ => return Err(Failure::params("skills/config/write requires exactly one of path or name")),
        };
        edit::set_skill(self.surroundings.codex_home(), key, params.enabled).map_err(|error| Failure::internal(error.to_string()))?;
        self.broadcast(&ServerNotification::SkillsChanged(wire::SkillsChangedNotification {}));
        Ok(wire::SkillsConfigWriteResponse { effective_enabled: params.enabled })
    }
}

fn absolute_root(root: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(root);
    if path.is_absolute() { Ok(path) } else { Err(Failure::invalid(format!("extraUserRoots: `{root}` is not an absolute path"))) }
}

fn metadata(skill: Skill) -> wire::SkillMetadata {
    let tools: Vec<_> = skill.dependencies.into_iter().map(dependency).collect();
    wire::SkillMetadata {
        dependencies: (!tools.is_empty()).then_some(wire::SkillDependencies { tools }),
        description: skill.description,
        enabled: skill.enabled,
        interface: skill.interface.map(interface),
        name: skill.name,
        path: skill.path.display().to_string(),
        scope: match skill.scope {
            Scope::Repo => wire::SkillScope::Repo,
            Scope::User => wire::SkillScope::User,
            Scope::System => wire::SkillScope::System,
        },
        short_description: skill.short_description,
    }
}

fn interface(told: Interface) -> wire::SkillInterface {
    let shown = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    wire::SkillInterface {
        brand_color: told.brand_color,
        default_prompt: told.default_prompt,
        display_name: told.display_name,
        icon_large: shown(told.icon_large),
        icon_small: shown(told.icon_small),
        short_description: told.short_description,
    }
}

fn dependency(tool: Dependency) -> wire::SkillToolDependency {
    let Dependency { kind, value, description, transport, command, url } = tool;
    wire::SkillToolDependency { command, description, transport, kind, url, value }
}
