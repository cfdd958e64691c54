//! Shortens text for a model: the head and the tail stay, a marker stands for the middle.
//!
//! Pure. Used twice on a tool's output: by the tool itself, and by `codex-core` over the whole of it
//! when it goes into a prompt ([`body_for_history`]). The marker is not counted in the budget, which
//! is why the second layer has a fifth more room than the first.

use std::borrow::Cow;

use codex_protocol::response_item::{OutputContentItem, ToolOutputBody};
use codex_protocol::rollout::TruncationPolicy;

/// How many bytes count as one token.
pub const BYTES_PER_TOKEN: usize = 4;

/// How many tokens so many bytes are, rounded up.
pub fn tokens_of(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN as u64)
}

/// How much there was before anybody cut anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// Bytes; `None` when the text at hand is the whole.
    pub bytes: Option<u64>,
    /// Lines; `None` when the text at hand is the whole.
    pub lines: Option<u64>,
}

/// Text that fits a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortened<'a> {
    /// What is left, with the marker when something was cut.
    pub text: Cow<'a, str>,
    /// How many lines there were, when something is missing from `text`; else `None`.
    pub total_lines: Option<u64>,
}

impl Shortened<'_> {
    /// The text under a line that tells how long it was; only the text when nothing is missing.
    pub fn with_header(self) -> String {
        match self.total_lines {
            Some(lines) => format!("Total output lines: {lines}\n\n{}", self.text),
            None => self.text.into_owned(),
        }
    }
}

/// Cuts the middle out of `text` when it is over the budget.
///
/// The first half of the budget and the last half stay, both cut back to whole characters. The marker
/// counts tokens over the budget (token policy) or characters left out (byte policy).
pub fn middle(text: &str, policy: TruncationPolicy) -> Cow<'_, str> {
    cut(text, policy, text.len() as u64).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Like [`middle`], and counts the lines when something is missing.
///
/// `original` says how much there was when `text` is already a part (head and tail of a capture).
pub fn shorten(text: &str, policy: TruncationPolicy, original: Original) -> Shortened<'_> {
    let bytes = original.bytes.unwrap_or(text.len() as u64).max(text.len() as u64);
    let cut = cut(text, policy, bytes);
    let total_lines = match original.lines {
        Some(lines) => Some(lines),
        None if cut.is_some() => Some(text.lines().count() as u64),
        None => None,
    };
    Shortened { text: cut.map_or(Cow::Borrowed(text), Cow::Owned), total_lines }
}

/// The policy under which a tool's whole output goes into a prompt: a fifth more than the tool had.
pub fn history_policy(policy: TruncationPolicy) -> TruncationPolicy {
    let widen = |limit: u64| limit.saturating_add(limit.div_ceil(5));
    match policy {
        TruncationPolicy::Bytes(bytes) => TruncationPolicy::Bytes(widen(bytes)),
        TruncationPolicy::Tokens(tokens) => TruncationPolicy::Tokens(widen(tokens)),
    }
}

/// A tool's output as it goes into a prompt, cut by [`history_policy`]; the texts of a list share one
/// budget, images pass.
pub fn body_for_history(body: &ToolOutputBody, policy: TruncationPolicy) -> ToolOutputBody {
    let policy = history_policy(policy);
    match body {
        ToolOutputBody::Text(text) => ToolOutputBody::Text(middle(text, policy).into_owned()),
        ToolOutputBody::Content(parts) => ToolOutputBody::Content(parts_for_history(parts, policy)),
    }
}

fn parts_for_history(parts: &[OutputContentItem], policy: TruncationPolicy) -> Vec<OutputContentItem> {
    let mut left = policy.byte_budget();
    let mut kept = Vec::with_capacity(parts.len());
    let mut omitted = 0usize;
    for part in parts {
        match part {
            OutputContentItem::InputImage { .. } => kept.push(part.clone()),
            OutputContentItem::InputText { text } if left == 0 => omitted += usize::from(!text.is_empty()),
            OutputContentItem::InputText { text } => {
                let budget = match policy {
                    TruncationPolicy::Bytes(_) => TruncationPolicy::Bytes(left as u64),
                    TruncationPolicy::Tokens(_) => TruncationPolicy::Tokens(tokens_of(left as u64)),
                };
                kept.push(OutputContentItem::InputText { text: middle(text, budget).into_owned() });
                left = left.saturating_sub(text.len());
            }
        }
    }
    if omitted > 0 {
        kept.push(OutputContentItem::InputText { text: format!("[{omitted} further text parts left out: over the output budget]") });
    }
    kept
}

/// The cut text, or `None` when it fits. `original_bytes` is at least the length of `text`.
fn cut(text: &str, policy: TruncationPolicy, original_bytes: u64) -> Option<String> {
    let budget = policy.byte_budget();
    if text.len() <= budget {
        return None;
    }
    let head = text.floor_char_boundary(budget / 2);
    let tail = text.ceil_char_boundary(text.len() - (budget - budget / 2)).max(head);
    let marker = match policy {
        TruncationPolicy::Tokens(_) => format!("…{} tokens truncated…", tokens_of(original_bytes - budget as u64)),
        TruncationPolicy::Bytes(_) => {
            let unseen = original_bytes - text.len() as u64;
            format!("…{} chars truncated…", text[head..tail].chars().count() as u64 + unseen)
        }
    };
    let mut shortened = String::with_capacity(head + marker.len() + text.len() - tail);
    shortened.push_str(&text[..head]);
    shortened.push_str(&marker);
    shortened.push_str(&text[tail..]);
    Some(shortened)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn numbers() -> String {
        (1..=20_000).map(|n| format!("{n}\n")).collect()
    }

    #[test]
    fn a_token_budget_keeps_half_at_each_end_and_counts_tokens() {
        let text = numbers();
        assert_eq!(text.len(), 108_894);
        let cut = middle(&text, TruncationPolicy::Tokens(10_000));
        let marker = "…17224 tokens truncated…";
        assert_eq!(cut, format!("{}{marker}{}", &text[..20_000], &text[text.len() - 20_000..]));
    }

    #[test]
    fn a_byte_budget_counts_the_characters_left_out() {
        let text = numbers();
        let cut = middle(&text, TruncationPolicy::Bytes(10_000));
        assert_eq!(cut, format!("{}…98894 chars truncated…{}", &text[..5_000], &text[text.len() - 5_000..]));

        let wide = format!("{}\n", format!("{}\n", "é".repeat(99)).repeat(300));
        let cut = middle(&wide, TruncationPolicy::Bytes(10_000));
        assert!(cut.contains("…24976 chars truncated…"), "{cut}");
    }

    #[test]
    fn the_header_counts_lines_only_when_something_is_missing() {
        let text = numbers();
        let cut = shorten(&text, TruncationPolicy::Tokens(10_000), Original::default()).with_header();
        assert!(cut.starts_with("Total output lines: 20000\n\n1\n2\n"));
        assert_eq!(shorten("a\nb\n", TruncationPolicy::Tokens(10), Original::default()).with_header(), "a\nb\n");
    }

    #[test]
    fn a_capture_that_was_cut_counts_what_nobody_kept() {
        let original = Original { bytes: Some(1_000_000), lines: Some(5_000) };
        let cut = shorten("0123456789", TruncationPolicy::Tokens(2), original);
        assert_eq!(cut.with_header(), "Total output lines: 5000\n\n0123…249998 tokens truncated…6789");
        let whole = shorten("0123456789", TruncationPolicy::Tokens(20), original);
        assert_eq!(whole.with_header(), "Total output lines: 5000\n\n0123456789");
    }

    #[test]
    fn history_has_a_fifth_more_room() {
        assert_eq!(history_policy(TruncationPolicy::Tokens(10_000)).byte_budget(), 48_000);
        assert_eq!(history_policy(TruncationPolicy::Bytes(10_000)).byte_budget(), 12_000);
        let body = body_for_history(&ToolOutputBody::Text("x".repeat(13_000)), TruncationPolicy::Bytes(10_000));
        let ToolOutputBody::Text(text) = body else { panic!("a text stays a text") };
        assert_eq!(text, format!("{}…1000 chars truncated…{}", "x".repeat(6_000), "x".repeat(6_000)));
    }

    #[test]
    fn texts_of_a_list_share_one_budget_and_images_pass() {
        let text = |text: String| OutputContentItem::InputText { text };
        let image = OutputContentItem::InputImage { image_url: "data:x".into(), detail: None };
        let body = ToolOutputBody::Content(vec![text("a".repeat(10)), text("b".repeat(10)), image.clone(), text("c".into())]);
        let got = body_for_history(&body, TruncationPolicy::Bytes(10));
        assert_eq!(
            got,
            ToolOutputBody::Content(vec![
                text("a".repeat(10)),
                text("b…8 chars truncated…b".into()),
                image,
                text("[1 further text parts left out: over the output budget]".into()),
            ])
        );
    }

    #[test]
    fn a_budget_of_nothing_leaves_the_marker() {
        assert_eq!(middle("abcdefgh", TruncationPolicy::Tokens(0)), "…2 tokens truncated…");
        assert_eq!(middle("", TruncationPolicy::Tokens(0)), "");
    }

    fn policies() -> impl Strategy<Value = TruncationPolicy> {
        prop_oneof![(0u64..80).prop_map(TruncationPolicy::Bytes), (0u64..20).prop_map(TruncationPolicy::Tokens)]
    }

    proptest! {
        #[test]
        fn what_fits_is_untouched_and_what_does_not_is_head_marker_tail(text in "\\PC{0,120}", policy in policies()) {
            let budget = policy.byte_budget();
            let cut = middle(&text, policy);
            if text.len() <= budget {
                prop_assert_eq!(cut.as_ref(), text.as_str());
                return Ok(());
            }
            let unit = match policy {
                TruncationPolicy::Tokens(_) => " tokens truncated…",
                TruncationPolicy::Bytes(_) => " chars truncated…",
            };
            // The text itself may hold "…", so the split is looked for rather than searched.
            let fits = |head: usize| -> bool {
                let Some(rest) = text.get(..head).and_then(|head| cut.strip_prefix(head)) else { return false };
                let Some(rest) = rest.strip_prefix('…') else { return false };
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let Some(tail) = rest[digits..].strip_prefix(unit) else { return false };
                let Ok(count) = rest[..digits].parse::<usize>() else { return false };
                let Some(removed) = text.strip_suffix(tail).and_then(|kept| kept.get(head..)) else { return false };
                let right_count = match policy {
                    TruncationPolicy::Tokens(_) => (text.len() - budget).div_ceil(4),
                    TruncationPolicy::Bytes(_) => removed.chars().count(),
                };
                // Each side loses less than one character to its boundary.
                let whole = head <= budget / 2 && budget / 2 - head < 4 && budget - budget / 2 - tail.len() < 4;
                whole && count == right_count
            };
            prop_assert!((0..=budget / 2).any(fits), "{cut:?}");
        }

        #[test]
        fn the_result_is_never_much_longer_than_the_budget(text in "(a|é|😀|\n){0,200}", policy in policies()) {
            let cut = middle(&text, policy);
            prop_assert!(cut.len() <= policy.byte_budget() + "…18446744073709551615 tokens truncated…".len());
        }

        #[test]
        fn a_wider_budget_never_keeps_less_of_the_head(text in "(a|é|😀|\n){0,200}", small in 0u64..60, more in 0u64..60) {
            let head = |limit: u64| {
                let cut = middle(&text, TruncationPolicy::Bytes(limit)).into_owned();
                cut.chars().zip(text.chars()).take_while(|(a, b)| a == b).count()
            };
            prop_assert!(head(small) <= head(small + more));
        }
    }
}
