//! The requests of OTLP: one for each kind of data, everything under one resource and one scope.

use crate::data::{Attributes, Counts, Happening, Nanos, Span, Value};
use crate::encode::{Field, Message};
use crate::names::SERVICE;

/// Who tells.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) version: String,
    pub(crate) environment: Option<String>,
}

/// A request with spans.
pub(crate) fn traces(origin: &Origin, spans: &[Span]) -> Message {
    request("resourceSpans", "scopeSpans", "spans", origin, spans.iter().map(span))
}

/// A request with events.
pub(crate) fn events(origin: &Origin, happenings: &[Happening]) -> Message {
    request("resourceLogs", "scopeLogs", "logRecords", origin, happenings.iter().map(record))
}

/// A request with what was counted between two times.
pub(crate) fn metrics(origin: &Origin, counts: &Counts, since: Nanos, until: Nanos) -> Message {
    let mut names: Vec<&'static str> = counts.keys().map(|(name, _)| *name).collect();
    names.dedup();
    let metrics = names.into_iter().map(|name| {
        let points = counts.iter().filter(|((of, _), _)| *of == name).map(|((_, attributes), count)| {
            Message::default()
                .with(2, "startTimeUnixNano", Field::Fixed(since))
                .with(3, "timeUnixNano", Field::Fixed(until))
                .with(6, "asInt", Field::SignedFixed(*count))
                .many(7, "attributes", attributes.iter().map(attribute))
        });
        const DELTA: u32 = 1;
        let sum = Message::default().many(1, "dataPoints", points).with(2, "aggregationTemporality", Field::Small(DELTA)).with(
            3,
            "isMonotonic",
            Field::Flag(true),
        );
        let unit = if name.ends_with(".duration") { "ms" } else { "1" };
        Message::default().text(1, "name", name).text(3, "unit", unit).one(7, "sum", sum)
    });
    request("resourceMetrics", "scopeMetrics", "metrics", origin, metrics)
}

fn request(
    of_resource: &'static str,
    of_scope: &'static str,
    items: &'static str,
    origin: &Origin,
    content: impl Iterator<Item = Message>,
) -> Message {
    let mut resource: Attributes = vec![("service.name", SERVICE.into()), ("service.version", origin.version.as_str().into())];
    resource.extend(origin.environment.as_deref().map(|name| ("deployment.environment", name.into())));
    let resource = Message::default().many(1, "attributes", resource.iter().map(attribute));
    let scope = Message::default().text(1, "name", SERVICE).text(2, "version", origin.version.as_str());
    let scoped = Message::default().one(1, "scope", scope).many(2, items, content);
    Message::default().many(1, of_resource, [Message::default().one(1, "resource", resource).many(2, of_scope, [scoped])])
}

fn span(span: &Span) -> Message {
    const INTERNAL: u32 = 1;
    const FAILED: u32 = 2;
    let mut message = Message::default().with(1, "traceId", Field::Id(span.trace.to_vec())).with(2, "spanId", Field::Id(span.id.to_vec()));
    if let Some(parent) = span.parent {
        message = message.with(4, "parentSpanId", Field::Id(parent.to_vec()));
    }
    message = message
        .text(5, "name", span.name)
        .with(6, "kind", Field::Small(INTERNAL))
        .with(7, "startTimeUnixNano", Field::Fixed(span.start))
        .with(8, "endTimeUnixNano", Field::Fixed(span.end))
        .many(9, "attributes", span.attributes.iter().map(attribute));
    if span.failed {
        message = message.one(15, "status", Message::default().with(3, "code", Field::Small(FAILED)));
    }
    message
}

fn record(happening: &Happening) -> Message {
    const INFO: u32 = 9;
    let mut message = Message::default()
        .with(1, "timeUnixNano", Field::Fixed(happening.at))
        .with(2, "severityNumber", Field::Small(INFO))
        .text(3, "severityText", "INFO")
        .one(5, "body", Message::default().text(1, "stringValue", happening.name))
        .many(6, "attributes", happening.attributes.iter().map(attribute));
    if let Some((trace, span)) = happening.span {
        message = message.with(9, "traceId", Field::Id(trace.to_vec())).with(10, "spanId", Field::Id(span.to_vec()));
    }
    message.with(11, "observedTimeUnixNano", Field::Fixed(happening.at)).text(12, "eventName", happening.name)
}

fn attribute((name, value): &(&'static str, Value)) -> Message {
    let value = match value {
        Value::Text(text) => Message::default().text(1, "stringValue", text.as_str()),
        Value::Flag(flag) => Message::default().with(2, "boolValue", Field::Flag(*flag)),
        Value::Number(number) => Message::default().with(3, "intValue", Field::Number(*number)),
    };
    Message::default().text(1, "key", *name).one(2, "value", value)
}
