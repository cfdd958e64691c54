//! Markdown to styled lines of a width. Streaming text is rendered as it completes.
