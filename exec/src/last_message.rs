//! Writes the file of `-o`. Problems are told and do not fail the run.

use std::path::Path;

/// Writes the final message, without a newline after it; returns what to tell a person, if anything.
pub(crate) fn write_last_message(path: &Path, shown_as: &Path, message: Option<&str>) -> Option<String> {
    if let Err(error) = std::fs::write(path, message.unwrap_or_default()) {
        return Some(format!("Failed to write last message file {:?}: {error}", shown_as.display().to_string()));
    }
    match message {
        Some(_) => None,
        None => Some(format!("Warning: no last agent message; wrote empty content to {}", shown_as.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_written_as_it_is_and_over_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last.txt");
        std::fs::write(&path, "something much longer than the message").unwrap();
        assert_eq!(write_last_message(&path, Path::new("last.txt"), Some("done")), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "done");
        let warning = write_last_message(&path, Path::new("last.txt"), None).unwrap();
        assert_eq!(warning, "Warning: no last agent message; wrote empty content to last.txt");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named_as_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/last.txt");
        let told = write_last_message(&path, Path::new("sub/last.txt"), Some("done")).unwrap();
        assert_eq!(told, "Failed to write last message file \"sub/last.txt\": No such file or directory (os error 2)");
    }
}
