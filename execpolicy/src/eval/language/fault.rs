//! What goes wrong with a rule file, on its way to the message.
//!
//! A fault begins as a bare sentence. The innermost expression that sees it gives it a place and the calls that led
//! there; whoever is further out leaves both alone. Limits are faults of their own kind, because nobody may mistake a
//! file that is too much for one that is wrong.

use super::source::{Source, Span};

/// Something wrong.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    is_limit: bool,
    span: Option<Span>,
    trace: Vec<Step>,
}

/// One call on the way to a fault.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The call; `None` when a function of the language made it.
    pub(super) span: Option<Span>,
    /// The function whose text the call stands in.
    pub(super) inside: String,
}

impl Fault {
    /// The file is wrong.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Box::new(Inner { text: text.into(), is_limit: false, span: None, trace: Vec::new() }))
    }

    /// The file is too much.
    pub(super) fn limit(text: impl Into<String>) -> Self {
        let mut fault = Self::new(text);
        fault.0.is_limit = true;
        fault
    }

    /// The file is wrong at a place, before anything ran.
    pub(super) fn at(span: Span, text: impl Into<String>) -> Self {
        Self::new(text).placed(span, Vec::new)
    }

    /// Gives a place to a fault that has none.
    pub(super) fn placed(mut self, span: Span, trace: impl FnOnce() -> Vec<Step>) -> Self {
        if self.0.span.is_none() {
            self.0.span = Some(span);
            self.0.trace = trace();
        }
        self
    }

    /// Whether a limit was reached.
    pub(super) fn is_limit(&self) -> bool {
        self.0.is_limit
    }

    /// The whole message, with the place.
    pub(super) fn told(&self, source: &Source) -> String {
        let text = &self.0.text;
        let Some(span) = self.0.span else { return text.clone() };
        if self.0.is_limit {
            return format!("{text}\n{}", source.place(span));
        }
        let mut told = String::new();
        if !self.0.trace.is_empty() {
            told.push_str("Traceback (most recent call last):\n");
        }
        for step in &self.0.trace {
            match step.span {
                Some(span) => {
                    let line = source.line_of(span);
                    told.push_str(&format!("  * {}:{line}, in {}\n      {}\n", source.file, step.inside, source.line_text(span)));
                }
                None => told.push_str(&format!("  File <builtin>, in {}\n", step.inside)),
            }
        }
        format!("{told}error: {text}\n{}", source.quoted(span))
    }
}
