//! The list of models that a server has, and a file that remembers it for a while.
//!
//! Servers agree on `data` and `id` and on little else; whatever is known to name the window is read. Nothing here is
//! asked for before a first answer: pickers and checks ask, and a list that cannot be had is no failure of a run.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex_config::provider::ProviderInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::random::fresh_item_id;

/// How long a remembered list is good for.
pub const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A model of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedModel {
    /// The name that requests use.
    pub id: String,
    /// Tokens that it takes, where the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<i64>,
    /// Most tokens of an answer, where the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<i64>,
}

/// Where servers say how long the window is; the first that is there counts.
const WINDOWS: [&str; 9] = [
    "/context_length",
    "/loaded_context_length",
    "/context_window",
    "/max_model_len",
    "/max_context_length",
    "/max_input_tokens",
    "/capabilities/limits/max_prompt_tokens",
    "/meta/n_ctx",
    "/meta/n_ctx_train",
];
const OUTPUTS: [&str; 3] = ["/top_provider/max_completion_tokens", "/max_output_tokens", "/capabilities/limits/max_output_tokens"];

/// Reads a list; `None` when it is none.
pub(crate) fn read(body: &[u8]) -> Option<Vec<ListedModel>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let list = body.as_array().or_else(|| body.get("data")?.as_array()).or_else(|| body.get("models")?.as_array())?;
    let number =
        |entry: &Value, places: &[&str]| places.iter().find_map(|place| entry.pointer(place)?.as_i64()).filter(|number| *number > 0);
    let models = list.iter().filter_map(|entry| {
        let id = ["id", "slug", "name"].iter().find_map(|key| entry.get(*key)?.as_str())?;
        Some(ListedModel { id: id.to_owned(), context_window: number(entry, &WINDOWS), max_output_tokens: number(entry, &OUTPUTS) })
    });
    Some(models.collect())
}

/// The provider with its base address, also where that names the path of a wire.
pub(crate) fn base(provider: &ProviderInfo) -> ProviderInfo {
    let base = provider.base_url.trim_end_matches('/');
    let bare = ["/responses", "/chat/completions", "/messages"].iter().find_map(|path| base.strip_suffix(path));
    ProviderInfo { base_url: bare.unwrap_or(base).to_owned(), ..provider.clone() }
}

/// Lists that were asked for lately, in a file of `$CODEX_HOME`.
#[derive(Clone, Debug)]
pub struct ModelsCache {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    #[serde(default)]
    servers: BTreeMap<String, Server>,
}

#[derive(Serialize, Deserialize)]
struct Server {
    /// Seconds since 1970.
    fetched_at: u64,
    models: Vec<ListedModel>,
}

impl ModelsCache {
    /// The cache in a folder, which is `$CODEX_HOME`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { path: folder.into().join("models_cache.json") }
    }

    /// The list of a server, unless it is too old at `now`. A file that cannot be read holds none.
    pub fn get(&self, base_url: &str, now: SystemTime) -> Option<Vec<ListedModel>> {
        let mut remembered = self.read();
        let server = remembered.servers.remove(base_url)?;
        let age = seconds(now).checked_sub(server.fetched_at)?;
        (age < LIFETIME.as_secs()).then_some(server.models)
    }

    /// Remembers a list. The file is replaced as a whole and is readable for its owner alone.
    ///
    /// # Errors
    /// What the system says; the list is good all the same.
    pub fn put(&self, base_url: &str, models: &[ListedModel], now: SystemTime) -> io::Result<()> {
        let mut remembered = self.read();
        remembered.servers.insert(base_url.to_owned(), Server { fetched_at: seconds(now), models: models.to_vec() });
        let text = serde_json::to_vec(&remembered)?;
        let aside = self.path.with_extension(fresh_item_id("tmp"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        let written = file.write_all(&text).and_then(|()| fs::rename(&aside, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
        written
    }

    fn read(&self) -> Remembered {
        fs::read(&self.path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn model(id: &str, context_window: Option<i64>, max_output_tokens: Option<i64>) -> ListedModel {
        ListedModel { id: id.into(), context_window, max_output_tokens }
    }

    #[test]
    fn lists_of_several_shapes_are_read() {
        let cases: [(&str, Option<Vec<ListedModel>>); 5] = [
            (
                r#"{"data":[{"id":"a","context_length":9,"top_provider":{"max_completion_tokens":3}},{"no":1}]}"#,
                Some(vec![model("a", Some(9), Some(3))]),
            ),
            (r#"[{"id":"a","max_model_len":7}]"#, Some(vec![model("a", Some(7), None)])),
            (r#"{"models":[{"slug":"a","context_window":5}]}"#, Some(vec![model("a", Some(5), None)])),
            (r#"{"data":[{"id":"a","meta":{"n_ctx_train":4096}}]}"#, Some(vec![model("a", Some(4096), None)])),
            (r#"{"error":"no"}"#, None),
        ];
        for (body, wanted) in cases {
            assert_eq!(read(body.as_bytes()), wanted, "{body}");
        }
    }

    #[test]
    fn a_list_is_remembered_for_five_minutes_per_server() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ModelsCache::in_folder(folder.path());
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let list = vec![model("a", Some(9), None)];
        cache.put("http://a", &list, now).unwrap();
        cache.put("http://b", &[], now).unwrap();
        assert_eq!(cache.get("http://a", now + LIFETIME - Duration::from_secs(1)), Some(list));
        assert_eq!(cache.get("http://b", now), Some(vec![]));
        assert_eq!((cache.get("http://a", now + LIFETIME), cache.get("http://c", now)), (None, None));
        fs::write(folder.path().join("models_cache.json"), "torn").unwrap();
        assert_eq!(cache.get("http://a", now), None);
        cache.put("http://a", &[], now).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
