//! What a check of the settings says beyond what a start warns of: values that nothing uses now and that would fail or do
//! nothing when they are. **Not here:** faults that keep a start from happening.

use std::path::Path;

use toml::Value;

use crate::config::{Config, LoadOptions};
use crate::layers::Merged;
use crate::schema::ConfigToml;
use crate::schema::provider::RESERVED_IDS;
use crate::secret::shown_url;
use crate::unknown::{self, Whereabouts};
use crate::{paths, trust};

/// The sentences, each with the place it is about.
pub(crate) fn of(config: &Config, merged: &Merged, options: &LoadOptions) -> Vec<String> {
    let at = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
        (merged.whereabouts(&path), unknown::whole(&path))
    };
    let mut told = providers(&config.keys, &at);
    told.extend(folders(merged, &at));
    told.extend(project_files_left_out(config, options));
    told
}

fn providers(keys: &ConfigToml, at: &impl Fn(&[&str]) -> (Whereabouts, String)) -> Vec<String> {
    let mut told = Vec::new();
    let addresses =
        keys.model_providers.iter().filter_map(|(id, row)| Some((vec!["model_providers", id, "base_url"], row.base_url.as_deref()?)));
    let own = keys.openai_base_url.as_deref().filter(|address| !address.is_empty()).map(|address| (vec!["openai_base_url"], address));
    for (path, address) in addresses.chain(own) {
        if !is_web_address(address) {
            let (at, key) = at(&path);
            told.push(format!("{at}: `{key}` is no address of a server: {}", shown_url(address)));
        }
    }
    if let Some(id) = keys.oss_provider.as_deref().filter(|id| !RESERVED_IDS.contains(id) && !keys.model_providers.contains_key(*id)) {
        let (at, key) = at(&["oss_provider"]);
        told.push(format!("{at}: `{key}` names `{id}`, which is no provider"));
    }
    told
}

/// Folders that can never be the one somebody works in.
fn folders(merged: &Merged, at: &impl Fn(&[&str]) -> (Whereabouts, String)) -> Vec<String> {
    let projects = merged.table.get("projects").and_then(Value::as_table);
    let relative = projects.into_iter().flatten().filter(|(folder, _)| !Path::new(folder).is_absolute());
    relative
        .map(|(folder, _)| {
            let (at, key) = at(&["projects", folder]);
            format!("{at}: `{key}` matches no folder: it has to be an absolute path")
        })
        .collect()
}

fn project_files_left_out(config: &Config, options: &LoadOptions) -> Option<String> {
    if config.trusted == Some(true) {
        return None;
    }
    let cwd = paths::settled(&options.cwd);
    let root = trust::project_root(&cwd, &config.project_root_markers).unwrap_or_else(|| cwd.clone());
    let home = paths::settled(&options.codex_home);
    let folders = cwd.ancestors().take_while(|folder| folder.starts_with(&root)).map(|folder| folder.join(".codex"));
    let mut files = folders.filter(|folder| paths::settled(folder) != home).map(|folder| folder.join("config.toml"));
    let found = files.find(|file| file.is_file())?;
    Some(format!("`{}` is not read: this folder is not trusted", found.display()))
}

/// Whether a text is `http://HOST...` or `https://HOST...`.
pub(crate) fn is_web_address(text: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme)).map(|_| &text[scheme.len()..]));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty() && !host.contains(|letter: char| letter.is_whitespace() || letter.is_control()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for good in ["http://h", "HTTPS://u:p@h:1/v1?x", "http://[::1]:8/"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in ["", "h", "htp:/x", "https://", "http:///v1", "http://a b", "javascript:x", "not a url"] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
