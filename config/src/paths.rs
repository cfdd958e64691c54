//! Makes paths in a layer absolute before layers are merged.
//!
//! A relative path means "beside the file that says so", which is known only while the layer stands alone.
//! `~` and `~/x` mean the home folder. Nothing here looks at the disk except [`settled`].

use std::path::{Component, Path, PathBuf};

use toml::{Table, Value};

/// Keys whose value is a path or an array of paths, at top level and in profiles.
const PATH_KEYS: &[&str] = &[
    "model_instructions_file",
    "experimental_compact_prompt_file",
    "experimental_instructions_file",
    "model_catalog_json",
    "sqlite_home",
    "log_dir",
    "zsh_path",
    "js_repl_node_path",
    "js_repl_node_module_dirs",
];

/// What relative paths of a layer start from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathBase<'a> {
    /// The folder of the file, or the working directory for the command line.
    pub(crate) folder: &'a Path,
    /// The home folder, when known.
    pub(crate) home: Option<&'a Path>,
}

impl PathBase<'_> {
    /// The absolute form of `raw`, with `.` and `..` taken out by name.
    pub(crate) fn absolute(&self, raw: &str) -> PathBuf {
        let path = match (raw, raw.strip_prefix("~/"), self.home) {
            ("~", _, Some(home)) => home.to_path_buf(),
            (_, Some(below), Some(home)) => home.join(below),
            _ => self.folder.join(raw),
        };
        without_dots(&path)
    }
}

/// Rewrites every path of a layer into its absolute form.
pub(crate) fn absolutise(layer: &mut Table, base: PathBase<'_>) {
    absolutise_keys(layer, base);
    if let Some(Value::Table(sandbox)) = layer.get_mut("sandbox_workspace_write")
        && let Some(roots) = sandbox.get_mut("writable_roots")
    {
        rewrite(roots, base);
    }
    for (table, key) in [("mcp_servers", "cwd"), ("agents", "config_file")] {
        entries(layer.get_mut(table)).filter_map(|entry| entry.get_mut(key)).for_each(|path| rewrite(path, base));
    }
    if let Some(Value::Array(skills)) = layer.get_mut("skills").and_then(|skills| skills.get_mut("config")) {
        skills.iter_mut().filter_map(|skill| skill.get_mut("path")).for_each(|path| rewrite(path, base));
    }
    for exporter in entries(layer.get_mut("otel")) {
        let tls = exporter.iter_mut().filter_map(|(_, kind)| kind.get_mut("tls")?.as_table_mut());
        tls.flat_map(|tls| tls.iter_mut()).for_each(|(_, path)| rewrite(path, base));
    }
    if let Some(Value::Table(profiles)) = layer.get_mut("profiles") {
        for (_, profile) in profiles.iter_mut() {
            if let Value::Table(profile) = profile {
                absolutise_keys(profile, base);
            }
        }
    }
}

/// The tables in a table.
fn entries(table: Option<&mut Value>) -> impl Iterator<Item = &mut Table> {
    table.and_then(Value::as_table_mut).into_iter().flat_map(|table| table.iter_mut()).filter_map(|(_, entry)| entry.as_table_mut())
}

fn absolutise_keys(table: &mut Table, base: PathBase<'_>) {
    if let Some(Value::Array(patterns)) = table.get_mut("sandbox_deny_read") {
        // `**/NAME` means that name in every writable root, so it belongs to no folder yet.
        patterns
            .iter_mut()
            .filter(|pattern| !pattern.as_str().is_some_and(|text| text.starts_with("**/")))
            .for_each(|item| rewrite(item, base));
    }
    for key in PATH_KEYS {
        if let Some(value) = table.get_mut(*key) {
            rewrite(value, base);
        }
    }
}

/// Values of another kind stay: the typed reading will name them.
fn rewrite(value: &mut Value, base: PathBase<'_>) {
    match value {
        Value::String(raw) => *raw = base.absolute(raw).to_string_lossy().into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, base)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {}
    }
}

fn without_dots(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => result.push(component),
        }
    }
    result
}

/// The name of the file that a profile of this name would have, if a file can have that name.
pub(crate) fn profile_file(profile: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!profile.is_empty() && profile.bytes().all(plain)).then(|| format!("{profile}.config.toml"))
}

/// The real path of what exists, else the path itself with dots taken out.
pub(crate) fn settled(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| without_dots(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_from_the_layers_folder() {
        let base = PathBase { folder: Path::new("/etc/x"), home: Some(Path::new("/home/u")) };
        let cases = [
            ("a.md", "/etc/x/a.md"),
            ("../a.md", "/etc/a.md"),
            ("./a/./b", "/etc/x/a/b"),
            ("/abs/a", "/abs/a"),
            ("~/a", "/home/u/a"),
            ("~", "/home/u"),
            ("~other/a", "/etc/x/~other/a"),
            ("", "/etc/x"),
        ];
        for (raw, expected) in cases {
            assert_eq!(base.absolute(raw), Path::new(expected), "{raw}");
        }
    }

    #[test]
    fn paths_in_profiles_and_arrays_are_rewritten_and_other_values_stay() {
        let text = "model = \"m\"\nlog_dir = 5\n[sandbox_workspace_write]\nwritable_roots = [\"r\", \"/a\"]\n[profiles.p]\nzsh_path = \"z\"\n\
             [mcp_servers.s]\ncwd = \"c\"\n[agents.r]\nconfig_file = \"f\"\n[[skills.config]]\npath = \"s\"\n\
             [otel.exporter.otlp-grpc.tls]\nca-certificate = \"ca\"";
        let mut layer: Table = toml::from_str(text).unwrap();
        absolutise(&mut layer, PathBase { folder: Path::new("/h"), home: None });
        let expected = "model = \"m\"\nlog_dir = 5\n[sandbox_workspace_write]\nwritable_roots = [\"/h/r\", \"/a\"]\n[profiles.p]\nzsh_path = \"/h/z\"\n\
             [mcp_servers.s]\ncwd = \"/h/c\"\n[agents.r]\nconfig_file = \"/h/f\"\n[[skills.config]]\npath = \"/h/s\"\n\
             [otel.exporter.otlp-grpc.tls]\nca-certificate = \"/h/ca\"";
        assert_eq!(layer, toml::from_str::<Table>(expected).unwrap());
    }
}
