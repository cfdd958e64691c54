//! A session file as the state a thread goes on from.

use codex_protocol::rollout::{RolloutItem, TurnContextLine};
use codex_protocol::{EventMsg, ResponseItem, TokenUsageInfo};
use codex_state::{ReadLine, Rollout};

use crate::context::fragments::Surroundings;
use crate::runtime::Runtime;

/// What a session file comes to.
#[derive(Debug, Default)]
pub(crate) struct Resumed {
    pub(crate) history: Vec<ResponseItem>,
    pub(crate) told: Option<Surroundings>,
    pub(crate) usage: Option<TokenUsageInfo>,
}

/// Replays the lines of a file: items in order, the last compaction's history in the place of
/// what was before it, the last turn's surroundings as what the model was told.
pub(crate) fn replay(rollout: Rollout, runtime: &Runtime) -> Resumed {
    let mut resumed = Resumed::default();
    for line in rollout.lines {
        let ReadLine::Known(line) = line else {
            continue;
        };
        match line.item {
            RolloutItem::ResponseItem(item) => resumed.history.push(item),
            RolloutItem::Compacted(compacted) => {
                resumed.history = compacted.replacement_history.unwrap_or_else(|| vec![ResponseItem::user_text(compacted.message)]);
            }
            RolloutItem::TurnContext(context) => resumed.told = Some(told(&context, runtime)),
            RolloutItem::EventMsg(EventMsg::TokenCount(count)) => resumed.usage = count.info.or(resumed.usage),
            RolloutItem::EventMsg(_) | RolloutItem::SessionMeta(_) => {}
        }
    }
    resumed
}

fn told(context: &TurnContextLine, runtime: &Runtime) -> Surroundings {
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
    }
}
