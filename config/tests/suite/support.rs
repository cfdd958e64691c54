//! A throw-away `$CODEX_HOME`, system folder and workspace.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use codex_config::{Config, LoadOptions, load};

pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["home", "system", "w"] {
            fs::create_dir(place.path(name)).unwrap();
        }
        place
    }

    /// A place whose user file holds `text`.
    pub(crate) fn with_config(text: &str) -> Self {
        let place = Self::new();
        place.write("home/config.toml", text);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Makes `w` a repository and says in the user file how far it is trusted.
    pub(crate) fn trust(&self, level: &str) -> &Self {
        fs::create_dir_all(self.path("w/.git")).unwrap();
        let file = self.path("home/config.toml");
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(&file, format!("{before}\n[projects.{:?}]\ntrust_level = {level:?}\n", self.path("w").to_str().unwrap())).unwrap();
        self
    }

    pub(crate) fn options(&self) -> LoadOptions {
        LoadOptions {
            codex_home: self.path("home"),
            system_dir: self.path("system"),
            system_owner: fs::metadata(self.folder.path()).unwrap().uid(),
            cwd: self.path("w"),
            ..LoadOptions::default()
        }
    }

    pub(crate) fn load(&self) -> Config {
        self.load_with(|_| ())
    }

    pub(crate) fn load_with(&self, change: impl FnOnce(&mut LoadOptions)) -> Config {
        let mut options = self.options();
        change(&mut options);
        load(&options).unwrap()
    }

    /// The text a person gets instead of a configuration, with this place's folder written as `$`.
    pub(crate) fn error_with(&self, change: impl FnOnce(&mut LoadOptions)) -> String {
        let mut options = self.options();
        change(&mut options);
        self.anonymous(&load(&options).unwrap_err().to_string())
    }

    pub(crate) fn anonymous(&self, text: &str) -> String {
        text.replace(self.path("").to_str().unwrap().trim_end_matches('/'), "$")
    }
}

pub(crate) fn overrides(options: &mut LoadOptions, items: &[&str]) {
    options.overrides = items.iter().map(|item| (*item).to_owned()).collect();
}

pub(crate) fn names<'a>(root: &Path, paths: impl IntoIterator<Item = &'a PathBuf>) -> Vec<String> {
    paths.into_iter().map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string()).collect()
}
