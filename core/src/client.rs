//! The connection to the model server, made when the first request needs it: a run that is
//! refused before that neither reads credentials nor sets up TLS.
//!
//! Where an account pays, its token is looked after here: renewed before it ends, and once more when the server refuses it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use codex_config::Config;
use codex_login::{Bearer, Login};
use codex_model_client::{Auth, resolve_auth};
use codex_model_client::{ErrorKind, ModelClient, ModelError, Prompt, RequestContext, ResponseStream, ShortConversation};
use codex_model_client::{HttpModelClient, HttpOptions, HttpPool};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::runtime::Runtime;
use crate::sign_in;

/// How long the token of an account is used without looking whether it has to be renewed. Renewal leaves more time than that.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A client that connects on first use.
pub(crate) struct LazyClient {
    config: Arc<Config>,
    runtime: Arc<Runtime>,
    login: Login,
    pool: HttpPool,
    made: Mutex<Option<Made>>,
}

/// A connection and what it was made with.
#[derive(Clone)]
struct Made {
    client: Arc<HttpModelClient>,
    /// `None` where the login does not count.
    bearer: Option<Bearer>,
    looked: Instant,
}

impl LazyClient {
    pub(crate) fn new(config: Arc<Config>, runtime: Arc<Runtime>, pool: HttpPool) -> Self {
        let login = sign_in::login(&config, &runtime);
        Self { config, runtime, login, pool, made: Mutex::new(None) }
    }

    async fn client(&self) -> Result<Made, ModelError> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match made {
            Some(made) if !made.is_of_account() || made.looked.elapsed() < LOOK_AGAIN => Ok(made),
            Some(made) => {
                let bearer = self.bearer().await?;
                if made.bearer.as_ref() == Some(&bearer) { Ok(self.keep(made.client, Some(bearer))) } else { self.connect(Some(bearer)) }
            }
            None if sign_in::counts_for(&self.config.provider) => {
                self.login.enforce().await.map_err(|error| sign_in::logging_out(&error))?;
                let bearer = self.bearer().await?;
                self.connect(Some(bearer))
            }
            None => self.connect(None),
        }
    }

    /// What the login offers, renewed where it has to be.
    async fn bearer(&self) -> Result<Bearer, ModelError> {
        self.login.bearer_or_variable().await.map_err(|error| sign_in::failed(&error))?.ok_or_else(sign_in::nobody)
    }

    /// What to do after the server refused what it was sent; `None` when there is nothing to do.
    async fn after_refusal(&self, made: &Made) -> Result<Option<Made>, ModelError> {
        let Some(bearer) = made.bearer.as_ref().filter(|_| made.is_of_account()) else { return Ok(None) };
        let renewed = self.login.after_refusal(bearer).await.map_err(|error| sign_in::failed(&error))?;
        renewed.map(|bearer| self.connect(Some(bearer))).transpose()
    }

    fn connect(&self, bearer: Option<Bearer>) -> Result<Made, ModelError> {
        let env: BTreeMap<String, String> = sign_in::text_variables(&self.runtime);
        let (provider, key) = match &bearer {
            Some(bearer) => (sign_in::provider(&self.config, bearer)?, Some(bearer.reveal().to_owned())),
            None => (self.config.provider.clone(), resolve_auth(&self.config.provider, &env, None)?),
        };
        let options = HttpOptions {
            originator: self.runtime.originator.clone(),
            user_agent: self.runtime.user_agent.clone(),
            version: self.runtime.version.clone(),
            compress: provider.request_compression || (provider.is_builtin_openai && self.config.feature("enable_request_compression")),
            env: sign_in::text(&self.runtime.outside_env(&self.config.cwd)),
            pool: self.pool.clone(),
        };
        let client = HttpModelClient::new(provider, Auth::from(key), options)?;
        Ok(self.keep(Arc::new(client), bearer))
    }

    fn keep(&self, client: Arc<HttpModelClient>, bearer: Option<Bearer>) -> Made {
        let made = Made { client, bearer, looked: Instant::now() };
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        made
    }
}

impl Made {
    fn is_of_account(&self) -> bool {
        matches!(self.bearer, Some(Bearer::Account(_)))
    }
}

#[async_trait]
impl ModelClient for LazyClient {
    async fn stream(&self, prompt: &Prompt, context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError> {
        let made = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ModelError::cancelled()),
            made = self.client() => made?,
        };
        let refused = match made.client.stream(prompt, context, cancel).await {
            Err(error) if error.kind == ErrorKind::Auth => error,
            other => return other,
        };
        let next = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ModelError::cancelled()),
            next = self.after_refusal(&made) => next?,
        };
        match next {
            Some(next) => {
                debug!("the server refused the token; it is asked again with a renewed one");
                next.client.stream(prompt, context, cancel).await
            }
            None => Err(refused),
        }
    }

    async fn compact(
        &self,
        prompt: &Prompt,
        context: &RequestContext,
        cancel: &CancellationToken,
    ) -> Result<Option<ShortConversation>, ModelError> {
        // Others have no such endpoint, and a connection need not be made to find that out.
        if !self.config.provider.is_builtin_openai {
            return Ok(None);
        }
        let made = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ModelError::cancelled()),
            made = self.client() => made?,
        };
        made.client.compact(prompt, context, cancel).await
    }
}
