//! A session file as the state a thread goes on from.

use codex_protocol::event::TokenCount;
use codex_protocol::rollout::{Compacted, RolloutItem, RolloutLine, TurnContextLine};
use codex_protocol::{EventMsg, Personality, ResponseItem, TokenUsageInfo};
use codex_state::{Outline, Start, StateError};

use crate::compact::{CompactionState, from_summary_alone};
use crate::context::fragments::Surroundings;
use crate::context::history::History;
use crate::context::instructions::Instructions;
use crate::runtime::Runtime;
use crate::turn::context::{MODE_KEY, TONE_KEY};

/// What a session file comes to.
#[derive(Debug, Default)]
pub(crate) struct Resumed {
    pub(crate) history: History,
    pub(crate) told: Option<Surroundings>,
    pub(crate) usage: Option<TokenUsageInfo>,
    pub(crate) compaction: CompactionState,
}

/// Replays what of a file is in force: items in order, the last compaction's history in the place of what was before it,
/// the last turn's surroundings as what the model was told.
///
/// # Errors
///
/// [`StateError::Read`].
pub(crate) fn replay(outline: &Outline, runtime: &Runtime, instructions: &Instructions) -> Result<Resumed, StateError> {
    let mut replay = Replay { earlier_context: outline.last_context()?, ..Replay::default() };
    outline.visit(Start::LastCompaction, &mut |line| replay.take(line))?;
    let Replay { history, context, compaction, .. } = replay;
    Ok(Resumed { history, told: context.map(|context| told(&context, runtime, instructions)), usage: outline.usage, compaction })
}

#[derive(Default)]
struct Replay {
    history: History,
    /// What the model knows of its surroundings.
    context: Option<TurnContextLine>,
    /// The last one of the whole file.
    earlier_context: Option<TurnContextLine>,
    compaction: CompactionState,
    /// Where the turn begins that is being read, until the user says something in it.
    turn: Option<usize>,
    tells_turns: bool,
    counted: Option<i64>,
}

impl Replay {
    fn take(&mut self, line: RolloutLine) {
        match line.item {
            RolloutItem::ResponseItem(item) => {
                let at = line.timestamp.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond);
                self.history.push_at(item, at.unwrap_or_default());
            }
            RolloutItem::Compacted(compacted) => self.compacted(compacted),
            RolloutItem::TurnContext(context) => self.context = Some(*context),
            RolloutItem::EventMsg(EventMsg::TaskStarted(_)) => {
                self.tells_turns = true;
                self.turn = Some(self.history.items().len());
            }
            RolloutItem::EventMsg(EventMsg::UserMessage(_)) => {
                // Without a line for the beginning, a turn begins with the message that stands right before its event.
                let bare = (!self.tells_turns).then(|| self.history.items().len().saturating_sub(1));
                if let Some(at) = self.turn.take().or(bare) {
                    self.history.begin_turn_at(at);
                }
            }
            RolloutItem::EventMsg(EventMsg::TokenCount(count)) => self.token_count(&count),
            RolloutItem::EventMsg(_) | RolloutItem::SessionMeta(_) => {}
        }
    }

    fn compacted(&mut self, compacted: Compacted) {
        let items = match compacted.replacement_history {
            Some(items) => items,
            None => from_summary_alone(self.history.items(), compacted.message.clone()),
        };
        let tells_surroundings = items.iter().any(|item| matches!(item, ResponseItem::Message { role, .. } if role == "developer"));
        self.context = if tells_surroundings { self.context.take().or_else(|| self.earlier_context.clone()) } else { None };
        self.history.replace(items);
        let ledger = compacted.ledger.and_then(|ledger| serde_json::from_value(ledger).ok()).unwrap_or_default();
        self.compaction = CompactionState { ledger, summary: Some(compacted.message), overflowed: false };
        self.turn = None;
        self.counted = None;
    }

    /// Counts are told again when nothing was counted; one without input is this side's estimate.
    fn token_count(&mut self, count: &TokenCount) {
        let Some(info) = &count.info else { return };
        let total = info.total_token_usage.total_tokens;
        if self.counted.replace(total) != Some(total) && info.last_token_usage.input_tokens > 0 {
            self.history.counted(info.last_token_usage.total_tokens);
        }
    }
}

fn told(context: &TurnContextLine, runtime: &Runtime, instructions: &Instructions) -> Surroundings {
    // What a file does not say is taken to be as it is now, so that only real changes are told again.
    Surroundings {
        cwd: context.cwd.clone(),
        shell: runtime.shell_name(),
        current_date: context.current_date.clone().unwrap_or_default(),
        timezone: context.timezone.clone().unwrap_or_default(),
        approval: context.approval_policy,
        sandbox: context.sandbox_policy.clone(),
        writable_roots: context.sandbox_policy.writable_roots(&context.cwd, runtime.tmpdir.as_deref()),
        hosts: None,
        model: context.model.clone(),
        mode: context.other.get(MODE_KEY).and_then(|mode| serde_json::from_value(mode.clone()).ok()),
        tone: told_tone(context, instructions),
    }
}

/// The tone that the model knows of: the one of the present instructions, unless the file names another. Then instructions and
/// history may not say the same, and the model is told again.
fn told_tone(context: &TurnContextLine, instructions: &Instructions) -> Option<Personality> {
    let named = context.other.get(TONE_KEY).and_then(|tone| serde_json::from_value(tone.clone()).ok());
    instructions.tone.filter(|tone| named.is_none_or(|named: Personality| named == *tone))
}
