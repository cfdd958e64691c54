//! The connection to the model server, made when the first request needs it: a run that is
//! refused before that neither reads credentials nor sets up TLS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use codex_config::Config;
use codex_model_client::{Auth, resolve_auth};
use codex_model_client::{ErrorKind, ModelClient, ModelError, Prompt, RequestContext, ResponseStream};
use codex_model_client::{HttpModelClient, HttpOptions};
use tokio_util::sync::CancellationToken;

use crate::runtime::Runtime;

/// A client that connects on first use.
pub(crate) struct LazyClient {
    config: Arc<Config>,
    runtime: Arc<Runtime>,
    made: Mutex<Option<Arc<HttpModelClient>>>,
}

impl LazyClient {
    pub(crate) fn new(config: Arc<Config>, runtime: Arc<Runtime>) -> Self {
        Self { config, runtime, made: Mutex::new(None) }
    }

    fn client(&self) -> Result<Arc<HttpModelClient>, ModelError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*made {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.connect()?);
        *made = Some(Arc::clone(&client));
        Ok(client)
    }

    fn connect(&self) -> Result<HttpModelClient, ModelError> {
        let provider = &self.config.provider;
        let env: BTreeMap<String, String> =
            self.runtime.env.iter().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))).collect();
        let wants_login = provider.env_key.is_none() && (provider.is_builtin_openai || provider.requires_openai_auth);
        let login = if wants_login { self.login(&env)? } else { None };
        let key = resolve_auth(provider, &env, login.as_deref())?;
        if key.is_none() && wants_login {
            return Err(ModelError::new(
                ErrorKind::Configuration,
                "no API key: set OPENAI_API_KEY, or choose another provider with `model_provider` in config.toml or `--oss`",
            ));
        }
        let options = HttpOptions {
            originator: self.runtime.originator.clone(),
            user_agent: self.runtime.user_agent.clone(),
            version: self.runtime.version.clone(),
            compress: provider.request_compression || (provider.is_builtin_openai && self.config.feature("enable_request_compression")),
            env,
        };
        HttpModelClient::new(provider.clone(), Auth::from(key), options)
    }

    fn login(&self, env: &BTreeMap<String, String>) -> Result<Option<String>, ModelError> {
        codex_login::login_key(&self.config.codex_home, env)
            .map(|key| key.map(|key| key.reveal().to_owned()))
            .map_err(|error| ModelError::new(ErrorKind::Configuration, error.to_string()))
    }
}

#[async_trait]
impl ModelClient for LazyClient {
    async fn stream(&self, prompt: &Prompt, context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError> {
        let client = self.client()?;
        client.stream(prompt, context, cancel).await
    }
}
