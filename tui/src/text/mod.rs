//! What may reach a terminal: control characters made harmless, display widths, wrapping of styled lines.
