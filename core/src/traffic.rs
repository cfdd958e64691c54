//! Where model traffic comes from: the provider, the provider with a copy kept, or a recording.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use codex_config::Config;
use codex_model_client::{HttpPool, ModelClient, Recording, RecordingClient, ReplayClient, ReplayMode, Surroundings};

use crate::client::LazyClient;
use crate::error::StartError;
use crate::runtime::{Runtime, Traffic};
use crate::sign_in;

/// Returns the client of a thread. A replay never connects anywhere.
pub(crate) fn client(
    traffic: &Traffic,
    config: &Arc<Config>,
    runtime: &Arc<Runtime>,
    pool: &HttpPool,
) -> Result<Arc<dyn ModelClient>, StartError> {
    let live = || Arc::new(LazyClient::new(Arc::clone(config), Arc::clone(runtime), pool.clone()));
    let failed = |error: codex_model_client::record::RecordError| StartError::Recording(error.to_string());
    match traffic {
        Traffic::Live => Ok(live()),
        Traffic::Record(path) => Ok(Arc::new(RecordingClient::create(path, live(), &surroundings(config, runtime)).map_err(failed)?)),
        Traffic::Replay { text, lenient } => {
            let recording = Recording::from_str(text).map_err(failed)?;
            let mode = if *lenient { ReplayMode::Lenient } else { ReplayMode::Strict };
            Ok(Arc::new(ReplayClient::new(recording, &surroundings(config, runtime), mode)))
        }
    }
}

/// What must not stand in a recording as it is: folders, because they differ, and keys.
fn surroundings(config: &Config, runtime: &Runtime) -> Surroundings {
    let variables = config.credential_variables();
    let secrets = variables.iter().filter_map(|name| runtime.env_text(name)).map(str::to_owned);
    Surroundings {
        cwd: config.cwd.clone(),
        codex_home: config.codex_home.clone(),
        temp_dir: Some(runtime.tmpdir.as_deref().map_or_else(|| PathBuf::from("/tmp"), Path::to_path_buf)),
        secrets: secrets
            .chain(config.provider.experimental_bearer_token.clone())
            .chain(config.provider.http_headers.values().cloned())
            .chain(config.provider.query_params.values().cloned())
            .chain(sign_in::login(config, runtime).secrets())
            .collect(),
    }
}
