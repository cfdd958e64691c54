//! How things look here: from the settings and the environment. What the terminal says of itself comes later.

use codex_config::Config;
use codex_core::Runtime;

use crate::terminal::{Habits, RowsKept};
use crate::theme::{ColourEnvironment, Look, PaletteError, colour_depth};

/// The look before the terminal said anything.
pub(crate) fn look(config: &Config, runtime: &Runtime, flat: bool) -> Look {
    let environment = ColourEnvironment {
        no_color: runtime.env_text("NO_COLOR"),
        colorterm: runtime.env_text("COLORTERM"),
        term: runtime.env_text("TERM"),
        term_program: runtime.env_text("TERM_PROGRAM"),
        windows_terminal: runtime.env_text("WT_SESSION").is_some(),
    };
    let usual = Look::default();
    let settings = config.keys.tui.as_ref();
    let output_rows = settings.and_then(|tui| tui.output_rows).map_or(usual.output_rows, usize::from);
    let raw = settings.and_then(|tui| tui.raw_output).unwrap_or(false);
    let look = Look { depth: colour_depth(&environment), flat, raw, output_rows, ..usual };
    themed(&look, config).unwrap_or(look)
}

/// Why the theme that the settings name is not in force.
pub(crate) fn theme_fault(config: &Config) -> Option<String> {
    themed(&Look::default(), config).err().map(|error| error.to_string())
}

fn themed(look: &Look, config: &Config) -> Result<Look, PaletteError> {
    let Some(name) = config.keys.tui.as_ref().and_then(|tui| tui.theme.as_deref()) else { return Ok(look.clone()) };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
    let own = || is_name.then(|| std::fs::read_to_string(config.codex_home.join("themes").join(format!("{name}.toml"))).ok()).flatten();
    look.clone().with_theme(name, own)
}

/// Whether overlays may have the alternate screen. Zellij keeps no scrollback of it, and GNU screen has none until it is told to,
/// so there it is only used when asked for.
pub(crate) fn may_alternate(config: &Config, runtime: &Runtime) -> bool {
    use codex_config::schema::AlternateScreen;
    match config.keys.tui.as_ref().and_then(|tui| tui.alternate_screen).unwrap_or_default() {
        AlternateScreen::Always => true,
        AlternateScreen::Never => false,
        AlternateScreen::Auto => runtime.env_text("ZELLIJ").is_none() && !is_gnu_screen(runtime),
    }
}

/// Whether this is GNU screen. As it comes it has no alternate screen: what is drawn there stands on the main one, and stays.
fn is_gnu_screen(runtime: &Runtime) -> bool {
    let term = runtime.env_text("TERM").unwrap_or_default();
    term.starts_with("screen") && runtime.env_text("TMUX").is_none()
}

/// What a terminal does with its rows when it gets another size: nearly all break them anew. tmux is known to fill a larger screen from
/// the scrollback; GNU screen leaves more or fewer rows there, as it comes.
pub(crate) fn habits(runtime: &Runtime) -> Habits {
    let term = runtime.env_text("TERM").unwrap_or_default();
    let gnu = is_gnu_screen(runtime);
    let reflows = !(gnu || term == "linux" || runtime.env_text("XTERM_VERSION").is_some());
    let rows = match (gnu, runtime.env_text("TMUX").is_some()) {
        (true, _) => RowsKept::Unknown,
        (false, true) => RowsKept::Refilled,
        (false, false) => RowsKept::AsFarAsFit,
    };
    Habits { reflows, rows }
}

/// The look of the pages before the conversation.
pub(crate) fn first_look(config: &Config, surroundings: &super::Surroundings, flat: bool) -> Look {
    look(config, &surroundings.runtime, flat)
}
