//! A model on this machine in place of a sign-in: which server, which of the models it has. The choice is kept in `config.toml`.

use codex_config::edit::{Change, apply};
use codex_config::{Config, LoadOptions};
use codex_model_client::local::models;

use super::page::{Happened, happened, show};
use super::sign_in::{Done, Ways};
use super::sign_in_pages as pages;
use crate::app::TuiError;
use crate::modal::{Choice, Choices};
use crate::text::sanitize_line;

/// The servers there are, with what they are called.
const SERVERS: [(&str, &str); 2] = [("ollama", "Ollama"), ("lmstudio", "LM Studio")];
/// Models that are offered.
const MOST: usize = 9;

/// Asks for a server and one of its models.
pub(super) async fn ask(ways: &mut Ways<'_>, config: &Config, options: &LoadOptions) -> Result<Done, TuiError> {
    let servers = SERVERS.map(|(_, name)| Choice::plain(name, "")).to_vec();
    let chosen = match choose(ways, "Which server runs the model on this machine?", servers).await? {
        Ok(chosen) => chosen,
        Err(done) => return Ok(done),
    };
    let (id, name) = SERVERS[chosen.min(SERVERS.len() - 1)];
    let found = match offered(options, id).await {
        Ok((address, found)) if found.is_empty() => Err(format!("{name} at {address} has no model yet.")),
        Ok((_, found)) => Ok(found),
        Err(why) => Err(why),
    };
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            ways.complain(&format!("{why} `codex --oss --local-provider {id}` fetches a model when the server runs."));
            return Ok(Done::Back);
        }
    };
    let rows = found.iter().take(MOST).map(|model| Choice::plain(sanitize_line(model), "")).collect();
    let title = match found.len() {
        0..=MOST => format!("Which model of {name}?"),
        many => format!("Which model of {name}? The first {MOST} of {many}; `codex -m NAME` takes any."),
    };
    let model = match choose(ways, &title, rows).await? {
        Ok(row) => &found[row.min(found.len() - 1)],
        Err(done) => return Ok(done),
    };
    let set = |key: &str, value: &str| Change::Set { path: vec![key.to_owned()], value: value.into() };
    let changes = [set("model_provider", id), set("model", model)];
    apply(&config.codex_home, &changes).map_err(|error| TuiError::Config(error.to_string()))?;
    ways.signed_in(&format!("Using {} of {name}", sanitize_line(model)))
}

/// Where a server is, and the models it has.
async fn offered(options: &LoadOptions, id: &str) -> Result<(String, Vec<String>), String> {
    let options = LoadOptions { oss: true, local_provider: Some(id.to_owned()), ..options.clone() };
    let provider = codex_config::load(&options).map_err(|error| error.to_string())?.provider;
    let found = models(&provider, &options.env).await.map_err(|error| error.to_string())?;
    Ok((provider.base_url, found))
}

/// One of some rows; how the page ended where none was taken.
async fn choose(ways: &mut Ways<'_>, title: &str, rows: Vec<Choice>) -> Result<Result<usize, Done>, TuiError> {
    let mut choices = Choices::new(rows);
    loop {
        show(ways.screen, &pages::local(title, &choices, ways.screen.size().columns, &ways.look))?;
        match happened(ways.screen, ways.ears).await {
            Happened::Leave => return Ok(Err(Done::Left)),
            Happened::Paste(_) | Happened::Redraw => {}
            Happened::Key(key) if key.code == crossterm::event::KeyCode::Esc => return Ok(Err(Done::Back)),
            Happened::Key(key) => {
                if let Some(row) = choices.key(key).0 {
                    return Ok(Ok(row));
                }
            }
        }
    }
}
