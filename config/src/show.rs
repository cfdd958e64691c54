//! What is in force, where it comes from and what it overrode; and what is worth mending.
//!
//! For `codex config show` and `codex config check`. Reads the layers once more and asks the schema for defaults, so no
//! start should come here. Secrets are masked.

use std::collections::BTreeSet;

use codex_protocol::policy::SandboxPolicy;
use toml::{Table, Value};

use crate::accepted;
use crate::advice;
use crate::config::{Config, LoadOptions, WebSearchMode};
use crate::error::ConfigError;
use crate::layers;
use crate::load::{Loaded, load_all};
use crate::overrides;
use crate::provenance::{LayerSource, Provenance, dotted};
use crate::resolve::sandbox;
use crate::schema::keys::{Key, keys};
use crate::secret::{self, MASK};
use crate::unknown::{self, Unknown, Whereabouts};

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced {
    /// The layer; `None` is the built-in default.
    pub source: Option<LayerSource>,
    /// The value; `None` where the layer is a flag or a requirement that was overridden in turn.
    pub value: Option<Value>,
}

/// One key.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The dotted key.
    pub key: String,
    /// What is in force; `None` where nothing is.
    pub now: Option<Sourced>,
    /// What was overridden, highest first.
    pub over: Vec<Sourced>,
}

/// A key that changes nothing, and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The dotted key.
    pub key: String,
    /// Where it was set last.
    pub at: Whereabouts,
    /// Whether it never will change anything again.
    pub for_good: bool,
}

/// Everything about a configuration.
#[derive(Debug)]
pub struct Overview {
    /// Every key that has a value, by name.
    pub settings: Vec<Setting>,
    /// Keys that nobody knows.
    pub unknown: Vec<Unknown>,
    /// Keys that are set and change nothing.
    pub idle: Vec<Idle>,
    /// Whatever else a start warns of.
    pub warnings: Vec<String>,
    /// What will go away.
    pub deprecations: Vec<String>,
    known: Vec<Key>,
}

/// Reads everything.
///
/// # Errors
/// As [`load`](crate::load).
pub fn overview(options: &LoadOptions) -> Result<Overview, ConfigError> {
    let Loaded { config, provenance, unknown, mut other_warnings } = load_all(options)?;
    let stack = layers::stack(options)?;
    let mut tables = stack.layers.clone();
    let merged = stack.merged();
    if let Some(name) = &config.profile
        && let Some(keys) = merged.profile_keys(name)
    {
        tables.push((LayerSource::Profile(name.clone()), keys));
    }
    let idle = provenance.keys().filter_map(|key| {
        let path = overrides::segments(key);
        let from_profile = matches!(provenance.origin(key), Some(LayerSource::Profile(_)));
        let for_good = accepted::is_retired(&path);
        let is_idle = !from_profile && (for_good || accepted::is_without_effect(&path));
        is_idle.then(|| Idle { key: key.to_owned(), at: merged.whereabouts(&path), for_good })
    });
    let idle = idle.collect();
    other_warnings.extend(advice::of(&config, &merged, options));
    let known = keys();
    let view = View { config: &config, provenance: &provenance, tables: &tables, known: &known };
    let settings = view.settings();
    let deprecations = config.deprecations.iter().map(|notice| notice.summary.clone()).collect();
    Ok(Overview { settings, unknown, idle, warnings: other_warnings, deprecations, known })
}

impl Overview {
    /// The keys that `key` names: itself, or everything below it. A key that exists and has no value is returned without one.
    ///
    /// # Errors
    /// With the key that may be meant, where there is no such key.
    pub fn select(&self, key: &str) -> Result<Vec<Setting>, Option<String>> {
        let path = overrides::segments(key);
        let name = unknown::whole(&path);
        let below = format!("{name}.");
        let found: Vec<Setting> =
            self.settings.iter().filter(|setting| setting.key == name || setting.key.starts_with(&below)).cloned().collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let starts =
            |known: &Key| known.path.len() >= path.len() && known.path.iter().zip(&path).all(|(own, other)| own == "*" || own == other);
        if self.known.iter().any(starts) {
            return Ok(vec![Setting { key: name, now: None, over: Vec::new() }]);
        }
        Err(self.nearest(&path))
    }
}

impl Overview {
    /// The key or table of as many parts, each of which is the same or a slip away.
    fn nearest(&self, path: &[String]) -> Option<String> {
        let near = |own: &str, other: &String| own == "*" || own == other || unknown::nearest(other, [own]).is_some();
        let fits = |known: &&Key| known.path.len() >= path.len() && known.path.iter().zip(path).all(|(own, other)| near(own, other));
        let changed = |known: &Key| known.path.iter().zip(path).filter(|(own, other)| own != other).count();
        let best = self.known.iter().filter(fits).min_by_key(|known| changed(known))?;
        let named = best.path.iter().zip(path).map(|(own, other)| if own == "*" { other.clone() } else { own.clone() });
        Some(unknown::whole(&named.collect::<Vec<_>>()))
    }
}

struct View<'v> {
    config: &'v Config,
    provenance: &'v Provenance,
    tables: &'v [(LayerSource, Table)],
    known: &'v [Key],
}

impl View<'_> {
    fn settings(&self) -> Vec<Setting> {
        let is_value = |path: &[String]| self.known.iter().any(|key| key.path == path);
        // A key below one that may be a plain value has its default only where the other is a table.
        let stands_alone =
            |key: &&Key| !key.path.iter().any(|segment| segment == "*") && !(1..key.path.len()).any(|end| is_value(&key.path[..end]));
        let with_default = self.known.iter().filter(|key| key.default.is_some()).filter(stands_alone);
        let defaults = with_default.map(|key| key.path.iter().fold(String::new(), |name, segment| dotted(&name, segment)));
        let resolved = RESOLVED.iter().map(|key| (*key).to_owned());
        let names: BTreeSet<String> = defaults.chain(resolved).chain(self.provenance.keys().map(str::to_owned)).collect();
        names.into_iter().map(|name| self.setting(name)).filter(|setting| setting.now.is_some()).collect()
    }

    fn setting(&self, key: String) -> Setting {
        let path = overrides::segments(&key);
        let mut sourced: Vec<Sourced> = Vec::new();
        sourced.extend(self.default(&path).map(|value| Sourced { source: None, value: Some(value) }));
        for source in self.provenance.layers(&key) {
            let table = self.tables.iter().find(|(other, _)| other == source).map(|(_, table)| table);
            let value = table.and_then(|table| value_at(table, &path)).map(|value| masked(&path, value));
            sourced.push(Sourced { source: Some(source.clone()), value });
        }
        let mut now = sourced.pop();
        if let Some(now) = &mut now
            && (now.value.is_none() || now.source.is_none())
        {
            now.value = in_force(self.config, &key).or(now.value.take());
        }
        sourced.reverse();
        Setting { key, now, over: sourced }
    }

    fn default(&self, path: &[String]) -> Option<Value> {
        let key = unknown::whole(path);
        let known = self.known.iter().find(|known| known.is(path)).and_then(|known| known.default.clone());
        known
            .and_then(|default| Value::try_from(default).ok())
            .or_else(|| default_here(self.config, &key).filter(|_| RESOLVED.contains(&key.as_str())))
    }
}

fn value_at<'t>(table: &'t Table, path: &[String]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(first)?, |value, segment| value.get(segment.as_str()))
}

/// Keys whose default depends on where the program runs.
const RESOLVED: &[&str] = &["approval_policy", "log_dir", "sandbox_mode", "sqlite_home"];

/// The default of such a key here.
fn default_here(config: &Config, key: &str) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    match key {
        "sandbox_mode" => Value::try_from(sandbox::default_mode(config.trusted)).ok(),
        "approval_policy" => Value::try_from(sandbox::default_policy(config.trusted)).ok(),
        "sqlite_home" => text(&config.codex_home.to_string_lossy()),
        "log_dir" => text(&config.codex_home.join("log").to_string_lossy()),
        _ => None,
    }
}

/// What a key came to when flags, requirements or the directory decided.
fn in_force(config: &Config, key: &str) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    match key {
        "model" => text(&config.model),
        "model_provider" | "oss_provider" => text(&config.provider.id),
        "profile" => text(config.profile.as_deref()?),
        "sandbox_mode" => text(config.sandbox_policy.kind()),
        "approval_policy" => Value::try_from(config.approval_policy).ok(),
        "web_search" => text(match config.web_search {
            WebSearchMode::Disabled => "disabled",
            WebSearchMode::Cached => "cached",
            WebSearchMode::Live => "live",
        }),
        "sqlite_home" => text(&config.sqlite_home.to_string_lossy()),
        "log_dir" => text(&config.log_dir.to_string_lossy()),
        "sandbox_workspace_write.writable_roots" => {
            let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = &config.sandbox_policy else { return None };
            Some(Value::Array(writable_roots.iter().map(|root| Value::String(root.to_string_lossy().into_owned())).collect()))
        }
        feature => config.features.get(feature.strip_prefix("features.")?).map(|on| Value::Boolean(*on)),
    }
}

/// The value as it may be shown (X4).
fn masked(path: &[String], value: &Value) -> Value {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let secret = matches!(
        segments.as_slice(),
        ["model_providers", _, "experimental_bearer_token"]
            | ["model_providers", _, "http_headers" | "query_params", ..]
            | ["mcp_servers", _, "env" | "http_headers", ..]
            | ["shell_environment_policy", "set", ..]
            | ["otel", .., "headers", _]
    );
    match value {
        _ if secret => Value::String(MASK.to_owned()),
        Value::String(text) => Value::String(secret::shown_url(text)),
        other => other.clone(),
    }
}
