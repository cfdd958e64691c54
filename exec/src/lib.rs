//! Headless runs: human text or JSONL events.
