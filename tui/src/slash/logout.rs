//! `/logout`: forgets the credentials and leaves.

use super::{SlashCommand, Where};
use crate::app::{App, Found, News, with_causes};

pub(super) const COMMAND: SlashCommand = SlashCommand::new("logout", "forget the stored credentials and leave", run).only(Where::InProcess);

fn run(app: &mut App, _args: &str) {
    let login = codex_core::login(&app.config, &app.surroundings.runtime);
    let news = app.engine.news();
    app.engine.spawn(async move {
        let outcome = login.logout().await.map(drop).map_err(|error| with_causes(&error));
        // The loop is gone when nobody takes it.
        let _ = news.send(News::Found(Found::SignedOut(outcome))).await;
    });
}
