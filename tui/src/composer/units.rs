//! What placeholders in the text stand for: long pastes and images.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::textarea::{Fragment, TextArea, UnitId};

/// Characters of a paste that are inserted as they are; one more and a placeholder stands for them.
pub(super) const MOST_INLINE: usize = 1_000;

/// Ids are never used twice, so that drafts can go from hand to hand.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What a unit stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// A long paste.
    Paste(Arc<str>),
    /// An image file.
    Image(PathBuf),
}

/// What the units of one text stand for; also those that an undo could bring back.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    payloads: HashMap<UnitId, Payload>,
}

impl Units {
    pub(super) fn get(&self, id: UnitId) -> Option<&Payload> {
        self.payloads.get(&id)
    }

    pub(super) fn keep(&mut self, id: UnitId, payload: Payload) {
        self.payloads.insert(id, payload);
    }

    /// Forgets everything but what can still be inserted from what was cut.
    pub(super) fn retain_cut(&mut self, cut: &Fragment) {
        self.payloads.retain(|id, _| cut.units.iter().any(|unit| unit.id == *id));
    }

    /// A placeholder for a long paste, unlike any in the text.
    pub(super) fn paste(&mut self, text: &str, area: &TextArea) -> Fragment {
        let label = format!("[Pasted Content {} chars]", text.chars().count());
        let taken = |label: &str| labels(area).any(|own| own == label);
        let label = match (2..).map(|number| format!("{label} #{number}")).find(|other| !taken(other)) {
            Some(other) if taken(&label) => other,
            _ => label,
        };
        self.new_unit(&label, Payload::Paste(text.into()))
    }

    /// A mark for an image, with the number after the highest in the text.
    pub(super) fn image(&mut self, path: PathBuf, area: &TextArea) -> Fragment {
        let number = |label: &str| label.strip_prefix("[Image #")?.strip_suffix(']')?.parse::<u32>().ok();
        let highest = labels(area).filter_map(number).max().unwrap_or(0);
        self.new_unit(&format!("[Image #{}]", highest.saturating_add(1)), Payload::Image(path))
    }

    fn new_unit(&mut self, label: &str, payload: Payload) -> Fragment {
        let id = UnitId(NEXT.fetch_add(1, Ordering::Relaxed));
        self.keep(id, payload);
        Fragment::unit(label, id)
    }
}

fn labels(area: &TextArea) -> impl Iterator<Item = &str> {
    area.units().iter().map(|unit| &area.text()[unit.range.clone()])
}
