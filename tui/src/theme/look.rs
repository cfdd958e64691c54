//! What every renderer is handed.

use super::palette::Palette;

/// How things look: what every renderer is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// How many colours there are.
    pub depth: ColourDepth,
    /// Whether the terminal's background is light; `None` when it did not say.
    pub light: Option<bool>,
    /// Whether a setting said so, and not the terminal.
    pub light_is_chosen: bool,
    /// Flat labelled lines for a screen reader: no boxes, no animation, no columns.
    pub flat: bool,
    /// Replies are shown as the model wrote them, neither wrapped nor indented.
    pub raw: bool,
    /// Rows of a command's output shown before folding; 0 shows all.
    pub output_rows: usize,
    /// Name of the theme of highlighted code.
    pub syntax: String,
    /// Colours of a theme that names its own; `None` is the terminal's palette.
    pub palette: Option<Palette>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            depth: ColourDepth::Sixteen,
            light: None,
            light_is_chosen: false,
            flat: false,
            raw: false,
            output_rows: 5,
            syntax: "catppuccin-mocha".to_owned(),
            palette: None,
        }
    }
}

/// How many colours a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: `NO_COLOR` is set. Bold and dim remain.
    None,
    /// The terminal's own palette.
    Sixteen,
    /// 256.
    Indexed,
    /// 24 bits.
    True,
}
