//! One turn: freeze what it runs under, then request, act, and again until nothing is left to do.

pub(crate) mod context;
pub(crate) mod control;
pub(crate) mod dispatch;
pub(crate) mod finish;
pub(crate) mod loop_breaker;
pub(crate) mod plan_text;
pub(crate) mod run;
pub(crate) mod sampling;
pub(crate) mod staged;
