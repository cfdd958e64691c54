//! The agent loop: threads, turns, context, approvals.
