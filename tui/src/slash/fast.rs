//! `/fast`: has requests served first, or as usual. The choice is kept.

use codex_config::edit::{Change, apply};
use codex_config::schema::ServiceTier;
use codex_protocol::Op;
use codex_protocol::op::TurnOverrides;

use super::{SlashCommand, Where};
use crate::app::App;
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("fast", "have requests served first, where your plan allows it", run).only(Where::InProcess);

fn run(app: &mut App, _args: &str) {
    if !app.config.feature("fast_mode") {
        app.note(Notice::Info, "The feature `fast_mode` is off; /experimental turns it on for the next start.");
        return;
    }
    let fast = ServiceTier::Fast.wire();
    let on = app.config.service_tier.as_deref() != Some(fast);
    let tier = if on { fast } else { "" };
    app.submit(Op::OverrideDefaults(TurnOverrides { service_tier: Some(tier.to_owned()), ..TurnOverrides::default() }));
    // Threads that begin later are served the same way.
    let mut config = (*app.config).clone();
    config.service_tier = on.then(|| fast.to_owned());
    app.config = std::sync::Arc::new(config);
    app.note(Notice::Info, &format!("Fast mode set to {}", if on { "on" } else { "off" }));
    let path = match &app.config.profile {
        Some(profile) => vec!["profiles".to_owned(), profile.clone(), "service_tier".to_owned()],
        None => vec!["service_tier".to_owned()],
    };
    let change = if on { Change::Set { path, value: "fast".into() } } else { Change::Remove { path } };
    if let Err(error) = apply(&app.config.codex_home, &[change]) {
        app.note(Notice::Error, &format!("The choice holds for this run alone: {error}"));
    }
}
