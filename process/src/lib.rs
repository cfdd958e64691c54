//! Child processes: pipes or PTY, process groups, bounded capture, environment.
