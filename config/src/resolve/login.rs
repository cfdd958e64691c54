//! Where credentials are kept, and who is asked for them.

use codex_protocol::login::LoginSettings;

use crate::config::{Config, LoadOptions};
use crate::schema::ConfigToml;

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml, options: &LoadOptions) {
    let said = |value: &Option<String>| value.as_deref().map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let table = keys.login.clone().unwrap_or_default();
    let built_in = LoginSettings::default();
    config.login = LoginSettings {
        store: keys.cli_auth_credentials_store.unwrap_or_default(),
        forced_method: keys.forced_login_method,
        forced_workspace: said(&keys.forced_chatgpt_workspace_id),
        issuer: said(&table.issuer),
        client_id: said(&table.client_id),
        scopes: table.scopes.unwrap_or(built_in.scopes),
        callback_port: table.callback_port.unwrap_or(built_in.callback_port),
        account_base_url: said(&keys.chatgpt_base_url).map(|url| url.trim_end_matches('/').to_owned()),
        names_base_url: said(&keys.openai_base_url).is_some()
            || options.env.get("OPENAI_BASE_URL").is_some_and(|url| !url.trim().is_empty()),
    };
}
