//! What the first lines of a session file say of it: enough for a list of sessions, without reading the session.

use std::path::Path;

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta};
use codex_protocol::{EventMsg, ResponseItem};
use serde::{Deserialize, Serialize};

use crate::line::{LineOutcome, parse_line};
use crate::lines::Lines;
use crate::reader::open_regular;

/// How far the first message of the user is looked for.
const MOST_LINES: usize = 200;
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Longest text kept of the first message, in bytes.
const LONGEST_PREVIEW: usize = 4096;

/// What the first lines say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Without the base instructions.
    pub(crate) meta: SessionMeta,
    /// The first message of the user; empty where there is none yet.
    pub(crate) preview: String,
}

/// Reads the head of a file; `None` when no line says which session it is.
pub(crate) fn read_head(path: &Path) -> Option<Head> {
    let mut lines = Lines::new(open_regular(path).ok()?);
    let mut meta: Option<SessionMeta> = None;
    let mut said: Option<String> = None;
    let mut bytes = 0;
    for _ in 0..MOST_LINES {
        let Ok(Some(line)) = lines.next() else { break };
        bytes += line.length;
        if let LineOutcome::Known(RolloutLine { item, .. }) = parse_line(line.bytes) {
            match item {
                RolloutItem::SessionMeta(found) if meta.is_none() => {
                    meta = Some(SessionMeta { base_instructions: None, ..*found });
                }
                RolloutItem::EventMsg(EventMsg::UserMessage(message)) => {
                    said = Some(message.message);
                    break;
                }
                // Files of older programs have no event for it.
                RolloutItem::ResponseItem(item) if said.is_none() => said = own_words(&item),
                _ => {}
            }
        }
        if bytes > MOST_BYTES {
            break;
        }
    }
    let mut preview = said.unwrap_or_default();
    if preview.len() > LONGEST_PREVIEW {
        preview.truncate(preview.floor_char_boundary(LONGEST_PREVIEW));
    }
    Some(Head { meta: meta?, preview })
}

/// What a message says when a user wrote it, and not this program in the user's name.
pub(crate) fn own_words(item: &ResponseItem) -> Option<String> {
    match item {
        ResponseItem::Message { role, .. } if role == "user" => item.message_text().filter(|text| is_own_words(text)),
        _ => None,
    }
}

/// How the message begins that stands in history for what a compaction took out of it.
pub const COMPACTED: &str = "This session was compacted:";

/// Whether a user's message is none of those that programs write in the user's name.
pub fn is_own_words(text: &str) -> bool {
    const WRAPPERS: &[&str] = &[
        "<environment_context>",
        "# AGENTS.md instructions for ",
        "<user_instructions>",
        "<turn_aborted>",
        "<skill>",
        "<subagent_notification>",
        "<user_action>",
        "<user_shell_command>",
        COMPACTED,
    ];
    !WRAPPERS.iter().any(|wrapper| text.trim_start().starts_with(wrapper))
}
