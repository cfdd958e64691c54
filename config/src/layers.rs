//! Collects the layers a configuration is made of and lays them over each other.
//!
//! Lowest first: system file, user file, project files of a trusted directory, command line, managed file,
//! then the chosen profile of all of them. What a layer says is checked only after merging, where the typed
//! reading names the key; the exception is the trust of directories, which has to be known before.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::config::LoadOptions;
use crate::error::ConfigError;
use crate::excerpt;
use crate::features;
use crate::files::{self, Links, SystemFile};
use crate::merge::merge;
use crate::overrides;
use crate::paths::{self, PathBase};
use crate::project_layer::{self, ProjectLayer};
use crate::provenance::{LayerSource, Provenance};
use crate::schema::ProjectToml;
use crate::schema::profile::PROFILE_KEYS;
use crate::trust::{self, Trust};

/// The layers, merged.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Every key that some layer set; the profile is not applied yet.
    pub(crate) table: Table,
    /// Where each came from.
    pub(crate) provenance: Provenance,
    /// What is known about the working directory.
    pub(crate) trust: Trust,
    /// The folders whose `.codex` counts.
    pub(crate) project_folders: Vec<PathBuf>,
    /// Sentences for a person.
    pub(crate) warnings: Vec<String>,
    /// Texts of the files, to find the place of an error in.
    sources: Vec<(PathBuf, String)>,
}

/// Reads and merges everything `options` points at.
pub(crate) fn collect(options: &LoadOptions) -> Result<Merged, ConfigError> {
    let command_line = command_line(options)?;
    let mut merged = Merged::default();
    let system = merged.system_layer(options, "config.toml")?;
    let user_path = options.codex_home.join("config.toml");
    let user = match files::read_text(&user_path, Links::Follow) {
        Ok(Some(text)) => merged.file_layer(&user_path, text, options)?,
        Ok(None) => Table::new(),
        Err(source) => return Err(ConfigError::Read { path: user_path, source }),
    };
    let managed = merged.system_layer(options, "managed_config.toml")?;

    let Merged { table, provenance, .. } = &mut merged;
    merge(table, system, &LayerSource::System(options.system_dir.join("config.toml")), provenance);
    merge(table, user, &LayerSource::User(user_path), provenance);
    let trust_view = trust_view(&[&merged.table, &command_line, &managed]);
    merged.trust = trust::of_directory(&options.cwd, &trust_view);
    for layer in project_layers(options, &trust_view, &mut merged)? {
        merge(&mut merged.table, layer.table, &LayerSource::Project(layer.file), &mut merged.provenance);
    }
    let Merged { table, provenance, .. } = &mut merged;
    merge(table, command_line, &LayerSource::CommandLine, provenance);
    merge(table, managed, &LayerSource::Managed(options.system_dir.join("managed_config.toml")), provenance);
    Ok(merged)
}

impl Merged {
    /// Lays the profile over the root keys. `None` where `name` is not defined.
    pub(crate) fn apply_profile(&mut self, name: &str) -> Option<()> {
        let Some(Value::Table(profiles)) = self.table.get("profiles") else {
            return None;
        };
        let Some(Value::Table(profile)) = profiles.get(name) else {
            return None;
        };
        let keys: Table = profile
            .iter()
            .filter(|(key, _)| PROFILE_KEYS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        merge(&mut self.table, keys, &LayerSource::Profile(name.to_owned()), &mut self.provenance);
        Some(())
    }

    /// The error a person gets for `error` of the typed reading: with its place in a file where trust of a
    /// directory is misspelled, else by key.
    pub(crate) fn type_error(&self, error: &toml::de::Error) -> ConfigError {
        #[derive(Deserialize)]
        struct Trusts {
            #[serde(default, rename = "projects")]
            _projects: std::collections::BTreeMap<String, ProjectToml>,
        }
        let located = self.sources.iter().find_map(|(path, text)| {
            let error = toml::from_str::<Trusts>(text).err()?;
            Some(ConfigError::Located(excerpt::render(path, text, &error)))
        });
        located.unwrap_or_else(|| ConfigError::value(error))
    }

    fn system_layer(&mut self, options: &LoadOptions, name: &str) -> Result<Table, ConfigError> {
        let path = options.system_dir.join(name);
        match files::read_system(&path, options.system_owner) {
            Ok(SystemFile::Absent) => Ok(Table::new()),
            Ok(SystemFile::Text(text)) => self.file_layer(&path, text, options),
            Ok(SystemFile::Ignored(why)) => {
                self.warnings.push(why);
                Ok(Table::new())
            }
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }

    fn file_layer(&mut self, path: &Path, text: String, options: &LoadOptions) -> Result<Table, ConfigError> {
        let mut table: Table = toml::from_str(&text).map_err(|error| ConfigError::Located(excerpt::render(path, &text, &error)))?;
        paths::absolutise(&mut table, base_of(path, options));
        self.sources.push((path.to_path_buf(), text));
        Ok(table)
    }
}

fn base_of<'a>(file: &'a Path, options: &'a LoadOptions) -> PathBase<'a> {
    PathBase { folder: file.parent().unwrap_or(file), home: home(options) }
}

fn home(options: &LoadOptions) -> Option<&Path> {
    options.env.get("HOME").map(Path::new).filter(|home| home.is_absolute())
}

fn command_line(options: &LoadOptions) -> Result<Table, ConfigError> {
    let mut table = overrides::table(&options.overrides)?;
    for (name, on) in &options.feature_flags {
        if !features::is_known(name) {
            return Err(ConfigError::UnknownFeature(name.clone()));
        }
        overrides::insert(&mut table, &["features".to_owned(), name.clone()], Value::Boolean(*on));
    }
    paths::absolutise(&mut table, PathBase { folder: &options.cwd, home: home(options) });
    Ok(table)
}

/// The two keys that decide about project files, from the layers a repository cannot write.
fn trust_view(layers: &[&Table]) -> Table {
    let mut view = Table::new();
    for layer in layers {
        let keys = ["projects", "project_root_markers"];
        let part: Table = keys.iter().filter_map(|key| Some(((*key).to_owned(), layer.get(*key)?.clone()))).collect();
        merge(&mut view, part, &LayerSource::CommandLine, &mut Provenance::default());
    }
    view
}

fn project_layers(options: &LoadOptions, trust_view: &Table, merged: &mut Merged) -> Result<Vec<ProjectLayer>, ConfigError> {
    let Some(trusted_root) = merged.trust.root.clone() else {
        return Ok(Vec::new());
    };
    let markers = match trust_view.get("project_root_markers") {
        Some(Value::Array(markers)) => markers.iter().filter_map(|marker| marker.as_str().map(str::to_owned)).collect(),
        _ => vec![".git".to_owned()],
    };
    let user_folder = paths::settled(&options.codex_home);
    let mut layers = Vec::new();
    let mut folders = trust::project_folders(&options.cwd, &markers, &merged.trust);
    folders.retain(|folder| paths::settled(&folder.join(".codex")) != user_folder);
    for folder in &folders {
        let file = folder.join(".codex/config.toml");
        let text = files::read_text(&file, Links::Follow).map_err(|source| ConfigError::Read { path: file.clone(), source })?;
        let Some(text) = text else {
            continue;
        };
        let mut table: Table = toml::from_str(&text)
            .map_err(|error| ConfigError::ProjectFile { path: file.clone(), detail: error.to_string().trim_end().to_owned() })?;
        paths::absolutise(&mut table, base_of(&file, options));
        layers.push(ProjectLayer { file, table });
    }
    merged.project_folders = folders;
    merged.warnings.extend(project_layer::restrict(&mut layers, &merged.table, &trusted_root));
    Ok(layers)
}
