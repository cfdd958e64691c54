//! Questions of MCP servers to the user, with the forms they bring.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Params of the server's request `mcpServer/elicitation/request`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpServerElicitationRequestParams {
    pub server_name: String,
    pub thread_id: String,
    #[serde(default)]
    pub turn_id: Option<String>,
    #[serde(flatten)]
    pub mode: McpServerElicitationRequestParamsMode,
}

/// How the answer is asked for: by a form or by a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "mode", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum McpServerElicitationRequestParamsMode {
    Form {
        #[serde(rename = "_meta", default, skip_serializing_if = "Option::is_none")]
        meta: Option<Value>,
        message: String,
        requested_schema: McpElicitationSchema,
    },
    Url {
        #[serde(rename = "_meta", default, skip_serializing_if = "Option::is_none")]
        meta: Option<Value>,
        elicitation_id: String,
        message: String,
        url: String,
    },
}

/// A client's answer to `mcpServer/elicitation/request`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpServerElicitationRequestResponse {
    #[serde(rename = "_meta", default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
    pub action: McpServerElicitationAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
}

/// The form of a question of an MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationSchema {
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    pub properties: BTreeMap<String, McpElicitationPrimitiveSchema>,
    #[serde(default)]
    pub required: Option<Vec<String>>,
    #[serde(rename = "type")]
    pub kind: McpElicitationObjectType,
}

/// What the user did with the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpServerElicitationAction {
    Accept,
    Decline,
    Cancel,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum McpElicitationPrimitiveSchema {
    Enum(McpElicitationEnumSchema),
    String(McpElicitationStringSchema),
    Number(McpElicitationNumberSchema),
    Boolean(McpElicitationBooleanSchema),
}

/// The word `object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpElicitationObjectType {
    Object,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum McpElicitationEnumSchema {
    SingleSelectEnum(McpElicitationSingleSelectEnumSchema),
    MultiSelectEnum(McpElicitationMultiSelectEnumSchema),
    LegacyTitledEnum(McpElicitationLegacyTitledEnumSchema),
}

/// A text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationStringSchema {
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub format: Option<McpElicitationStringFormat>,
    #[serde(default)]
    pub max_length: Option<u32>,
    #[serde(default)]
    pub min_length: Option<u32>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationStringType,
}

/// A number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationNumberSchema {
    #[serde(default)]
    pub default: Option<f64>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub maximum: Option<f64>,
    #[serde(default)]
    pub minimum: Option<f64>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationNumberType,
}

/// Yes or no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationBooleanSchema {
    #[serde(default)]
    pub default: Option<bool>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationBooleanType,
}

/// A choice of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum McpElicitationSingleSelectEnumSchema {
    UntitledSingleSelectEnum(McpElicitationUntitledSingleSelectEnumSchema),
    TitledSingleSelectEnum(McpElicitationTitledSingleSelectEnumSchema),
}

/// A choice of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum McpElicitationMultiSelectEnumSchema {
    UntitledMultiSelectEnum(McpElicitationUntitledMultiSelectEnumSchema),
    TitledMultiSelectEnum(McpElicitationTitledMultiSelectEnumSchema),
}

/// A choice of one, in the older spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationLegacyTitledEnumSchema {
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(rename = "enum")]
    pub values: Vec<String>,
    #[serde(default)]
    pub enum_names: Option<Vec<String>>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationStringType,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "kebab-case")]
pub enum McpElicitationStringFormat {
    Email,
    Uri,
    Date,
    DateTime,
}

/// The word `string`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpElicitationStringType {
    String,
}

/// The words `number` and `integer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpElicitationNumberType {
    Number,
    Integer,
}

/// The word `boolean`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpElicitationBooleanType {
    Boolean,
}

/// A choice of one, without titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationUntitledSingleSelectEnumSchema {
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(rename = "enum")]
    pub values: Vec<String>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationStringType,
}

/// A choice of one, with titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationTitledSingleSelectEnumSchema {
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    pub one_of: Vec<McpElicitationConstOption>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationStringType,
}

/// A choice of several, without titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationUntitledMultiSelectEnumSchema {
    #[serde(default)]
    pub default: Option<Vec<String>>,
    #[serde(default)]
    pub description: Option<String>,
    pub items: McpElicitationUntitledEnumItems,
    #[serde(default)]
    pub max_items: Option<u64>,
    #[serde(default)]
    pub min_items: Option<u64>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationArrayType,
}

/// A choice of several, with titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationTitledMultiSelectEnumSchema {
    #[serde(default)]
    pub default: Option<Vec<String>>,
    #[serde(default)]
    pub description: Option<String>,
    pub items: McpElicitationTitledEnumItems,
    #[serde(default)]
    pub max_items: Option<u64>,
    #[serde(default)]
    pub min_items: Option<u64>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationArrayType,
}

/// An option and its title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationConstOption {
    #[serde(rename = "const")]
    pub value: String,
    pub title: String,
}

/// The options, without titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationUntitledEnumItems {
    #[serde(rename = "enum")]
    pub values: Vec<String>,
    #[serde(rename = "type")]
    pub kind: McpElicitationStringType,
}

/// The word `array`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum McpElicitationArrayType {
    Array,
}

/// The options, with titles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct McpElicitationTitledEnumItems {
    pub any_of: Vec<McpElicitationConstOption>,
}
