//! The patch language: parse, match, plan, apply as one transaction.
