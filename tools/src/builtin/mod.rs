//! The built-in tools, one file each. Adding one is a file, its prose, and a line in a list below.

mod apply_patch;
mod exec_command;
mod grep_files;
mod list_dir;
mod mcp_resources;
mod mcp_tool;
mod read_file;
mod request_permissions;
mod request_user_input;
mod shell;
mod shell_command;
mod tool_search;
mod update_plan;
mod view_image;
mod write_stdin;

use std::sync::Arc;

pub use self::tool_search::spec as tool_search_spec;
use crate::handler::ToolHandler;

/// Tools that stand before the server's own in what is offered.
pub(crate) fn before_hosted() -> Vec<Arc<dyn ToolHandler>> {
    vec![
        Arc::new(exec_command::ExecCommand),
        Arc::new(shell::Shell),
        Arc::new(shell_command::ShellCommand),
        Arc::new(write_stdin::WriteStdin),
        Arc::new(mcp_resources::ListResources),
        Arc::new(mcp_resources::ListTemplates),
        Arc::new(mcp_resources::ReadResource),
        Arc::new(update_plan::UpdatePlan),
        Arc::new(request_user_input::RequestUserInput),
        Arc::new(apply_patch::ApplyPatch),
        Arc::new(request_permissions::RequestPermissions),
    ]
}

/// Tools that stand behind the server's own.
pub(crate) fn after_hosted() -> Vec<Arc<dyn ToolHandler>> {
    vec![
        Arc::new(view_image::ViewImage),
        Arc::new(read_file::ReadFile),
        Arc::new(list_dir::ListDir),
        Arc::new(grep_files::GrepFiles),
        Arc::new(tool_search::ToolSearch),
        Arc::new(mcp_tool::McpTool),
    ]
}
