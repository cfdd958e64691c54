//! Collects the layers a configuration is made of and lays them over each other.
//!
//! Lowest first: system file, user file, the chosen profile's file, project files of a trusted directory, command line,
//! managed file, then the chosen profile's table of all of them. What a layer says is checked only after merging, where the typed
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
use crate::place::{self, Spot};
use crate::project_layer::{self, ProjectLayer};
use crate::provenance::{LayerSource, Provenance};
use crate::reader::{Fault, UnknownKey};
use crate::schema::ProjectToml;
use crate::schema::agents::LIMITS;
use crate::schema::profile::PROFILE_KEYS;
use crate::secret;
use crate::trust::{self, Trust};
use crate::unknown::{self, Unknown, Whereabouts};

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
    /// The profile that is asked for.
    pub(crate) profile: Option<String>,
    /// Whether that profile has a file, and it is among the layers.
    pub(crate) profile_has_file: bool,
    /// Sentences for a person.
    pub(crate) warnings: Vec<String>,
    /// Texts of the files, to find the place of an error in.
    sources: Vec<(PathBuf, String)>,
}

/// What the layers are made of, lowest first.
pub(crate) struct Stack {
    /// The layers.
    pub(crate) layers: Vec<(LayerSource, Table)>,
    /// What is known beside them; its table is empty.
    rest: Merged,
}

/// Reads and merges everything `options` points at.
pub(crate) fn collect(options: &LoadOptions) -> Result<Merged, ConfigError> {
    stack(options).map(Stack::merged)
}

/// Reads everything `options` points at.
pub(crate) fn stack(options: &LoadOptions) -> Result<Stack, ConfigError> {
    let command_line = command_line(options)?;
    let mut rest = Merged::default();
    let mut layers = Vec::new();
    let system_path = options.system_dir.join("config.toml");
    let system = rest.system_layer(options, "config.toml")?;
    let user_path = options.codex_home.join("config.toml");
    let user = rest.users_file(&user_path, options)?.unwrap_or_default();
    let managed = rest.system_layer(options, "managed_config.toml")?;
    rest.profile = options.profile.clone().or_else(|| profile_named_in(&[&managed, &command_line, &user, &system]));
    layers.push((LayerSource::System(system_path), system));
    layers.push((LayerSource::User(user_path), user));
    if let Some((path, table)) = rest.profile_file(options)? {
        layers.push((LayerSource::ProfileFile(path), table));
    }
    let mut users = Table::new();
    for (source, table) in &layers {
        merge(&mut users, table.clone(), source, &mut Provenance::default());
    }
    let trust_view = trust_view(&[&users, &command_line, &managed]);
    rest.trust = trust::of_directory(&options.cwd, &trust_view);
    for layer in project_layers(options, &trust_view, &users, &mut rest)? {
        layers.push((LayerSource::Project(layer.file), layer.table));
    }
    layers.push((LayerSource::CommandLine, command_line));
    layers.push((LayerSource::Managed(options.system_dir.join("managed_config.toml")), managed));
    Ok(Stack { layers, rest })
}

/// The profile that a key asks for; `layers` are the user's and the administrator's, highest first.
fn profile_named_in(layers: &[&Table]) -> Option<String> {
    layers.iter().find_map(|layer| layer.get("profile")?.as_str().map(str::to_owned))
}

impl Stack {
    /// The layers laid over each other.
    pub(crate) fn merged(self) -> Merged {
        let mut merged = self.rest;
        for (source, table) in self.layers {
            merge(&mut merged.table, table, &source, &mut merged.provenance);
        }
        merged
    }
}

impl Merged {
    /// Lays the profile's table over the root keys. `None` where `name` has neither a table nor a file.
    pub(crate) fn apply_profile(&mut self, name: &str) -> Option<()> {
        let Some(profile) = self.profile_keys(name) else {
            return self.profile_has_file.then_some(());
        };
        merge(&mut self.table, profile, &LayerSource::Profile(name.to_owned()), &mut self.provenance);
        Some(())
    }

    /// What `[profiles.NAME]` says, as far as a profile may.
    pub(crate) fn profile_keys(&self, name: &str) -> Option<Table> {
        let profile = self.table.get("profiles")?.as_table()?.get(name)?.as_table()?;
        let allowed = |key: &str| PROFILE_KEYS.contains(&key);
        Some(profile.iter().filter(|(key, _)| allowed(key)).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// The error a person gets for `fault`: with its place in a file where trust of a directory is misspelled, else by
    /// key, with its place below.
    pub(crate) fn type_error(&self, fault: &Fault) -> ConfigError {
        #[derive(Deserialize)]
        struct Trusts {
            #[serde(default, rename = "projects")]
            _projects: std::collections::BTreeMap<String, ProjectToml>,
        }
        let located = self.sources.iter().find_map(|(path, text)| {
            let error = toml::from_str::<Trusts>(text).err()?;
            Some(ConfigError::Located(excerpt::render(path, text, &error)))
        });
        located.unwrap_or_else(|| {
            let path = fault.path();
            let mut what = fault.clone();
            if let [table, name] = path.as_slice()
                && table == "agents"
                && !LIMITS.contains(&name.as_str())
                && let Some(near) = unknown::nearest(name, LIMITS)
            {
                what.message.push_str(&format!("; did you mean `agents.{near}`?"));
            }
            if secret::is_secret(&path) {
                what.message = secret::without_value(&what.message);
            }
            let place = self.spot(&path).map(|(path, text, spot)| excerpt::place(path, text, &spot.value));
            ConfigError::Value(place.map_or_else(|| what.to_string(), |place| format!("{what}\n{place}")))
        })
    }

    /// Where an unknown key was set, and what may be meant by it.
    pub(crate) fn unknown(&self, keys: &[UnknownKey]) -> Vec<Unknown> {
        let features = self.unknown_features();
        let all = keys.iter().map(|key| (key.path.clone(), unknown::meant(key))).chain(features);
        let mut found: Vec<Unknown> =
            all.map(|(path, meant)| Unknown { at: self.whereabouts(&path), key: unknown::whole(&path), meant }).collect();
        found.sort_by_key(|unknown| match &unknown.at {
            Whereabouts::File(path, line) => (Some(path.clone()), *line),
            Whereabouts::CommandLine => (None, 0),
        });
        found
    }

    /// Features that do not exist, at the top and in profiles.
    fn unknown_features(&self) -> Vec<(Vec<String>, Option<String>)> {
        let at_top = self.table.get("features").map(|table| (vec!["features".to_owned()], table));
        let profiles = self.table.get("profiles").and_then(Value::as_table).into_iter().flatten();
        let in_profiles = profiles.filter_map(|(name, profile)| {
            Some((vec!["profiles".to_owned(), name.clone(), "features".to_owned()], profile.get("features")?))
        });
        let tables = at_top.into_iter().chain(in_profiles).filter_map(|(path, table)| Some((path, table.as_table()?)));
        let names = tables.flat_map(|(path, table)| table.keys().map(move |name| (path.clone(), name)));
        names
            .filter(|(_, name)| !features::is_known(name))
            .map(|(mut path, name)| {
                let meant = unknown::meant_feature(&path, name);
                path.push(name.clone());
                (path, meant)
            })
            .collect()
    }

    /// Where a key was set last.
    pub(crate) fn whereabouts(&self, path: &[String]) -> Whereabouts {
        match self.spot(path) {
            Some((file, text, spot)) => Whereabouts::File(file.to_path_buf(), place::line(text, spot.key.start)),
            None => Whereabouts::CommandLine,
        }
    }

    /// The file whose value of a key is in force, its text, and the key's place in it.
    fn spot(&self, path: &[String]) -> Option<(&Path, &str, Spot)> {
        let key = unknown::whole(path);
        let source = self.provenance.origin(&key).or_else(|| self.provenance.origin_below(&key));
        let from_command_line = source.is_some_and(|source| source.file().is_none());
        if from_command_line {
            return None;
        }
        let spot_in = |(file, text): &'_ (PathBuf, String)| place::find(text, path).map(|spot| (file.clone(), spot));
        let wanted = source.and_then(LayerSource::file);
        let order = self.sources.iter().filter(|(file, _)| wanted == Some(file.as_path())).chain(self.sources.iter());
        let (file, spot) = order.into_iter().find_map(spot_in)?;
        let (file, text) = self.sources.iter().find(|(path, _)| *path == file)?;
        Some((file, text, spot))
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

    fn users_file(&mut self, path: &Path, options: &LoadOptions) -> Result<Option<Table>, ConfigError> {
        match files::read_text(path, Links::Follow) {
            Ok(Some(text)) => self.file_layer(path, text, options).map(Some),
            Ok(None) => Ok(None),
            Err(source) => Err(ConfigError::Read { path: path.to_path_buf(), source }),
        }
    }

    /// `NAME.config.toml` of the profile that is asked for. It cannot choose or define profiles in turn.
    fn profile_file(&mut self, options: &LoadOptions) -> Result<Option<(PathBuf, Table)>, ConfigError> {
        let Some(name) = self.profile.as_deref().and_then(paths::profile_file) else {
            return Ok(None);
        };
        let path = options.codex_home.join(name);
        let Some(mut table) = self.users_file(&path, options)? else {
            return Ok(None);
        };
        self.profile_has_file = true;
        let nested: Vec<&str> = ["profile", "profiles"].into_iter().filter(|key| table.remove(*key).is_some()).collect();
        if !nested.is_empty() {
            let keys = nested.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
            self.warnings.push(format!("{keys} in `{}` is ignored: it is a profile itself", path.display()));
        }
        Ok(Some((path, table)))
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
            let meant = unknown::nearest(name, features::FEATURES.iter().map(|feature| feature.name)).map(str::to_owned);
            return Err(ConfigError::UnknownFeature { name: name.clone(), meant });
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

fn project_layers(options: &LoadOptions, trust_view: &Table, users: &Table, merged: &mut Merged) -> Result<Vec<ProjectLayer>, ConfigError> {
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
        if !paths::settled(&file).starts_with(&trusted_root) {
            merged.warnings.push(format!("`{}` is ignored: it leads out of the project", file.display()));
            continue;
        }
        let text = files::read_text(&file, Links::Follow).map_err(|source| ConfigError::Read { path: file.clone(), source })?;
        let Some(text) = text else {
            continue;
        };
        let mut table: Table = toml::from_str(&text)
            .map_err(|error| ConfigError::ProjectFile { path: file.clone(), detail: error.to_string().trim_end().to_owned() })?;
        paths::absolutise(&mut table, base_of(&file, options));
        merged.sources.push((file.clone(), text));
        layers.push(ProjectLayer { file, table });
    }
    merged.project_folders = folders;
    merged.warnings.extend(project_layer::restrict(&mut layers, users, &trusted_root));
    Ok(layers)
}
