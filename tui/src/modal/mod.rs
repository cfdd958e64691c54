//! Questions that take the keys until they are answered: approvals, questions of the model, forms of MCP servers, menus.
