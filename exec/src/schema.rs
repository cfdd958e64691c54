//! Reads the file of `--output-schema`. The answer itself is not checked against it here.

use std::path::Path;

use serde_json::Value;

use crate::error::ExecError;

/// Reads and parses a JSON schema.
pub(crate) fn read_schema(path: &Path) -> Result<Value, ExecError> {
    let text = std::fs::read_to_string(path).map_err(|source| ExecError::SchemaUnreadable { path: path.to_path_buf(), source })?;
    serde_json::from_str(&text).map_err(|source| ExecError::SchemaInvalid { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_a_broken_one_are_named() {
        let missing = read_schema(Path::new("/nowhere/x.json")).unwrap_err();
        assert_eq!(missing.to_string(), "Failed to read output schema file /nowhere/x.json: No such file or directory (os error 2)");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "{x}").unwrap();
        let broken = read_schema(&path).unwrap_err();
        assert_eq!(
            broken.to_string(),
            format!("Output schema file {} is not valid JSON: key must be a string at line 1 column 2", path.display())
        );
        std::fs::write(&path, "{\"type\": \"object\"}").unwrap();
        assert_eq!(read_schema(&path).unwrap(), serde_json::json!({"type": "object"}));
    }
}
