//! Spans, events and counts, before any wire has spelt them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

pub(crate) type Attributes = Vec<(&'static str, Value)>;

/// Nanoseconds since 1970.
pub(crate) type Nanos = u64;

pub(crate) fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) type TraceId = [u8; 16];
pub(crate) type SpanId = [u8; 8];

pub(crate) fn trace_id() -> TraceId {
    uuid::Uuid::new_v4().into_bytes()
}

pub(crate) fn span_id() -> SpanId {
    let bytes = trace_id();
    let mut id = SpanId::default();
    id.copy_from_slice(&bytes[8..]);
    id
}

/// Something that took time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) trace: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) name: &'static str,
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) attributes: Attributes,
    pub(crate) failed: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) name: &'static str,
    pub(crate) at: Nanos,
    pub(crate) span: Option<(TraceId, SpanId)>,
    pub(crate) attributes: Attributes,
}

/// What is counted, with the attributes it is counted by.
pub(crate) type Counts = BTreeMap<(&'static str, Attributes), i64>;

/// What has come together since the last sending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) spans: Vec<Span>,
    pub(crate) happenings: Vec<Happening>,
    pub(crate) counts: Counts,
    /// Since when is counted.
    pub(crate) since: Nanos,
}
