//! Absolute paths: a relative one is refused where it is read, before any method sees it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// An absolute path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[ts(type = "string")]
pub struct AbsolutePathBuf(PathBuf);

impl AbsolutePathBuf {
    /// The path, if it is absolute.
    pub fn new(path: PathBuf) -> Option<Self> {
        path.is_absolute().then_some(Self(path))
    }

    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The path, owned.
    pub fn into_path(self) -> PathBuf {
        self.0
    }
}

impl<'de> Deserialize<'de> for AbsolutePathBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = PathBuf::deserialize(deserializer)?;
        Self::new(path).ok_or_else(|| serde::de::Error::custom("AbsolutePathBuf deserialized without a base path"))
    }
}

impl JsonSchema for AbsolutePathBuf {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("AbsolutePathBuf")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
