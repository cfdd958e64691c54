//! Credentials: API keys and where they come from.
