//! The new history: the user's own messages, as many as fit, and behind them the summary with the ledger.

use codex_protocol::ResponseItem;
use codex_protocol::response_item::ContentItem;
use codex_protocol::rollout::TruncationPolicy;
use codex_state::is_own_words;
use codex_tools::truncate::middle;

use crate::context::tokens;

/// What the model reads before its summary. It begins with [`codex_state::COMPACTED`].
const RESUMED: &str = include_str!("prompts/resumed.md");

/// Tokens below which a cut message says nothing any more.
const SHORTEST: i64 = 32;

/// The first part of the message that stands for what was taken out.
pub(crate) fn message(summary: &str) -> String {
    let summary = summary.trim();
    let summary =
        if summary.is_empty() { "(There are no notes: the summary came back empty. The record below is all there is.)" } else { summary };
    format!("{}\n{summary}", RESUMED.trim_end())
}

/// The messages of the user in `history` that fit into so many tokens, then the summary. `former` is the message of an
/// earlier compaction.
pub(crate) fn replacement(
    history: &[ResponseItem],
    former: Option<&str>,
    budget: i64,
    message: String,
    ledger: Option<String>,
) -> Vec<ResponseItem> {
    let mut items = user_messages(history, former, budget);
    items.push(closing(message, ledger));
    items
}

/// The same with what the server made of history in the place of the summary. What the user said and the server left out stands
/// before it; what it says of surroundings is told anew. The message with the ledger comes last.
pub(crate) fn with_server_summary(
    history: &[ResponseItem],
    former: Option<&str>,
    budget: i64,
    short: Vec<ResponseItem>,
    message: String,
    ledger: Option<String>,
) -> Vec<ResponseItem> {
    let is_said = |item: &ResponseItem| !matches!(item, ResponseItem::Message { role, .. } if role != "user" && role != "assistant");
    let short: Vec<ResponseItem> = short.into_iter().filter(|item| is_said(item) && !tells_surroundings(item)).collect();
    let own = user_messages(history, former, budget);
    let mut items: Vec<ResponseItem> = own.into_iter().filter(|item| !short.contains(item)).collect();
    items.extend(short);
    items.push(closing(message, ledger));
    items
}

fn closing(message: String, ledger: Option<String>) -> ResponseItem {
    let mut content = vec![ContentItem::InputText { text: message }];
    content.extend(ledger.map(|text| ContentItem::InputText { text }));
    ResponseItem::input_message("user", content)
}

/// Whether a message of the user's role is one of the program.
fn tells_surroundings(item: &ResponseItem) -> bool {
    matches!(item, ResponseItem::Message { role, .. } if role == "user") && item.message_text().is_some_and(|text| !is_own_words(&text))
}

/// What a compaction of an older program comes to, which told its summary and not the new history.
pub(crate) fn from_summary_alone(history: &[ResponseItem], message: String) -> Vec<ResponseItem> {
    const BUDGET: i64 = 20_000;
    replacement(history, None, BUDGET, message, None)
}

/// The newest whole, the one at the edge cut in its middle; and always something of the first, which says what it is all about.
fn user_messages(history: &[ResponseItem], former: Option<&str>, budget: i64) -> Vec<ResponseItem> {
    let own: Vec<&ResponseItem> = history.iter().filter(|item| is_own(item, former)).collect();
    let Some((first, others)) = own.split_first() else { return Vec::new() };
    let reserve = tokens::of_item(first).min(budget / 4);
    let mut left = budget - reserve;
    let mut kept: Vec<ResponseItem> = Vec::new();
    for item in others.iter().rev() {
        let cost = tokens::of_item(item);
        if cost <= left {
            left -= cost;
            kept.push((*item).clone());
            continue;
        }
        kept.extend(cut(item, left));
        left = 0;
        break;
    }
    let room = left + reserve;
    if tokens::of_item(first) <= room {
        kept.push((*first).clone());
    } else {
        kept.extend(cut(first, room));
    }
    kept.reverse();
    kept
}

fn is_own(item: &ResponseItem, former: Option<&str>) -> bool {
    let ResponseItem::Message { role, content, .. } = item else { return false };
    let first_text = content.iter().find_map(|part| match part {
        ContentItem::InputText { text } => Some(text.as_str()),
        _ => None,
    });
    role == "user" && first_text.is_none_or(|text| is_own_words(text) && Some(text) != former)
}

/// The texts of a message with the middle left out; `None` when hardly anything would be left.
fn cut(item: &ResponseItem, room: i64) -> Option<ResponseItem> {
    // What is around the text in a request takes its share.
    const AROUND: i64 = 32;
    let room = u64::try_from(room - AROUND).ok().filter(|room| *room >= SHORTEST as u64)?;
    let text = item.message_text()?;
    Some(ResponseItem::user_text(middle(&text, TruncationPolicy::Tokens(room)).into_owned()))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn texts(items: &[ResponseItem]) -> Vec<String> {
        items.iter().filter_map(ResponseItem::message_text).collect()
    }

    #[test]
    fn what_the_user_said_stays_and_nothing_else() {
        assert!(RESUMED.starts_with(codex_state::COMPACTED));
        let history = [
            ResponseItem::developer_text("rules"),
            ResponseItem::user_text("<environment_context>x</environment_context>"),
            ResponseItem::user_text("one"),
            ResponseItem::input_message("assistant", Vec::new()),
            ResponseItem::user_text("foreign summary"),
            ResponseItem::user_text(message("earlier")),
            ResponseItem::user_text("two"),
        ];
        let new = replacement(&history, Some("foreign summary"), 1_000, message("S"), Some("L".to_owned()));
        assert_eq!(texts(&new), ["one".to_owned(), "two".to_owned(), format!("{}\nSL", RESUMED.trim_end())]);
    }

    #[test]
    fn a_message_over_the_budget_is_cut_and_the_first_is_never_lost() {
        let long = "x".repeat(4_000);
        let history: Vec<ResponseItem> = ["first: never touch b.txt", &long, &long, "last"].map(ResponseItem::user_text).into();
        let kept = texts(&user_messages(&history, None, 1_000));
        assert_eq!(kept.len(), 3, "{kept:?}");
        assert_eq!((kept[0].as_str(), kept[2].as_str()), ("first: never touch b.txt", "last"));
        assert!(kept[1].contains("tokens truncated"), "{}", kept[1]);
        let total: i64 = user_messages(&history, None, 1_000).iter().map(tokens::of_item).sum();
        assert!(total <= 1_000, "{total}");
    }
}
