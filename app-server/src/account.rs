//! `account/*`: who is signed in, signing in and out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_config::Config;
use codex_login::{Account, ApiKey, Login, LoginError};
use tokio_util::sync::CancellationToken;

use crate::error::Failure;
use crate::server::Server;
use crate::settings;

/// Sign-ins that wait for a browser, by the number their client was told.
pub(crate) type SignIns = Mutex<HashMap<String, CancellationToken>>;

fn failed(error: &LoginError) -> Failure {
    Failure::internal(error.to_string())
}

fn plan(plan: Option<&str>) -> wire::PlanType {
    plan.and_then(|plan| serde_json::from_value(plan.into()).ok()).unwrap_or(wire::PlanType::Unknown)
}

impl Server {
    fn login(&self) -> Result<(Config, Login), Failure> {
        let config = settings::read(&self.surroundings.load)?;
        let login = codex_core::login(&config, &self.surroundings.runtime);
        Ok((config, login))
    }

    /// Who is signed in, where the provider in use asks for that.
    async fn signed_in(&self) -> Result<(bool, Option<Account>), Failure> {
        let (config, login) = self.login()?;
        let required = config.provider.is_builtin_openai || config.provider.requires_openai_auth;
        let account = if required { login.account().await.map_err(|error| failed(&error))? } else { None };
        Ok((required, account))
    }

    /// `account/read`.
    pub(crate) async fn account_read(&self) -> Result<wire::GetAccountResponse, Failure> {
        let (requires_openai_auth, account) = self.signed_in().await?;
        let account = account.map(|account| match account {
            Account::ApiKey { .. } => wire::Account::ApiKey,
            Account::ChatGpt { email, plan: of, .. } => {
                wire::Account::Chatgpt { email: email.unwrap_or_default(), plan_type: plan(of.as_deref()) }
            }
        });
        Ok(wire::GetAccountResponse { account, requires_openai_auth })
    }

    /// `getAuthStatus`. Tokens are never told.
    pub(crate) async fn auth_status(&self) -> Result<wire::GetAuthStatusResponse, Failure> {
        let (required, account) = self.signed_in().await?;
        Ok(wire::GetAuthStatusResponse { auth_method: account.as_ref().map(mode), auth_token: None, requires_openai_auth: Some(required) })
    }

    /// `account/rateLimits/read`: they come with answers of the model alone.
    pub(crate) async fn rate_limits(&self) -> Result<wire::GetAccountRateLimitsResponse, Failure> {
        let (_, login) = self.login()?;
        match login.account().await.map_err(|error| failed(&error))? {
            None => Err(Failure::invalid("codex account authentication required to read rate limits")),
            Some(Account::ApiKey { .. }) => Err(Failure::invalid("chatgpt authentication required to read rate limits")),
            Some(Account::ChatGpt { .. }) => {
                Err(Failure::invalid("rate limits are told with each answer of the model, by account/rateLimits/updated"))
            }
        }
    }

    /// `account/login/start`.
    pub(crate) async fn login_start(self: &Arc<Self>, params: wire::LoginAccountParams) -> Result<wire::LoginAccountResponse, Failure> {
        let (_, login) = self.login()?;
        match params {
            wire::LoginAccountParams::ApiKey { api_key } => {
                let key = ApiKey::new(&api_key).ok_or_else(|| Failure::invalid("apiKey must not be empty"))?;
                login.save_api_key(&key).await.map_err(|error| failed(&error))?;
                Ok(wire::LoginAccountResponse::ApiKey)
            }
            wire::LoginAccountParams::Chatgpt => {
                let sign_in = login.start_browser().await.map_err(|error| failed(&error))?;
                let login_id = uuid::Uuid::new_v4().to_string();
                self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner).insert(login_id.clone(), sign_in.canceller());
                let auth_url = sign_in.url().to_owned();
                let (server, id) = (Arc::clone(self), login_id.clone());
                tokio::spawn(async move {
                    let outcome = sign_in.completed().await.map_err(|error| match error {
                        LoginError::Cancelled => "Login server error: Login was not completed".to_owned(),
                        error => error.to_string(),
                    });
                    server.sign_ins.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    server.tell_login(Some(id), outcome.as_ref().err().cloned());
                    if let Ok(account) = &outcome {
                        server.tell_account(Some(account));
                    }
                });
                Ok(wire::LoginAccountResponse::Chatgpt { auth_url, login_id })
            }
            wire::LoginAccountParams::ChatgptAuthTokens { .. } => {
                Err(Failure::invalid("tokens of a client are not taken: sign in with `chatgpt`"))
            }
        }
    }

    /// What is told behind the result of a sign-in that is done at once.
    pub(crate) fn tell_signed_in(&self, result: &wire::LoginAccountResponse) {
        if *result == wire::LoginAccountResponse::ApiKey {
            self.tell_login(None, None);
            self.tell_account(Some(&Account::ApiKey { masked: String::new() }));
        }
    }

    /// `account/login/cancel`.
    pub(crate) fn login_cancel(&self, params: &wire::CancelLoginAccountParams) -> Result<wire::CancelLoginAccountResponse, Failure> {
        let id = &params.login_id;
        if uuid::Uuid::parse_str(id).is_err() {
            return Err(Failure::invalid(format!("invalid login id: {id}")));
        }
        let waiting = self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        let status = match waiting {
            Some(waiting) => {
                waiting.cancel();
                wire::CancelLoginAccountStatus::Canceled
            }
            None => wire::CancelLoginAccountStatus::NotFound,
        };
        Ok(wire::CancelLoginAccountResponse { status })
    }

    /// `account/logout`.
    pub(crate) async fn logout(&self) -> Result<wire::LogoutAccountResponse, Failure> {
        let (_, login) = self.login()?;
        login.logout().await.map_err(|error| failed(&error))?;
        Ok(wire::LogoutAccountResponse {})
    }

    fn tell_login(&self, login_id: Option<String>, error: Option<String>) {
        let completed = wire::AccountLoginCompletedNotification { success: error.is_none(), error, login_id };
        self.broadcast(&ServerNotification::AccountLoginCompleted(completed));
    }

    /// Tells everybody who is signed in now.
    pub(crate) fn tell_account(&self, account: Option<&Account>) {
        let plan_type = match account {
            Some(Account::ChatGpt { plan: of, .. }) => Some(plan(of.as_deref())),
            _ => None,
        };
        let updated = wire::AccountUpdatedNotification { auth_mode: account.map(mode), plan_type };
        self.broadcast(&ServerNotification::AccountUpdated(updated));
    }
}

fn mode(account: &Account) -> wire::AuthMode {
    match account {
        Account::ApiKey { .. } => wire::AuthMode::Apikey,
        Account::ChatGpt { .. } => wire::AuthMode::Chatgpt,
    }
}
