//! What a piece of text is, and the style that says so.

use ratatui::style::{Color, Modifier, Style};

use super::look::{ColourDepth, Look};
use super::palette::Palette;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The mark before the user's messages.
    UserMark,
    /// The mark before what the model says and does.
    Bullet,
    /// What matters less: output, hints, frames.
    Dim,
    /// What can be acted on, and verbs of lists.
    Accent,
    /// Went well.
    Success,
    /// Went wrong.
    Failure,
    /// Needs attention.
    Warning,
    /// Where a thing is out of the ordinary, such as another mode.
    Mode,
    /// Words that head a cell.
    Title,
    /// First heading of a text.
    Heading1,
    /// Second heading.
    Heading2,
    /// Headings below.
    Heading3,
    /// Emphasis.
    Emphasis,
    /// Strong emphasis.
    Strong,
    /// Struck out.
    Struck,
    /// Code inside text.
    Code,
    /// Address of a link.
    Link,
    /// Numbers of lists.
    Number,
    /// Quoted text.
    Quote,
    /// Sign and count of what was added.
    Added,
    /// Sign and count of what was removed.
    Removed,
    /// Background of an added row.
    AddedRow,
    /// Background of a removed row.
    RemovedRow,
    /// The changed words of an added row.
    AddedWords,
    /// The changed words of a removed row.
    RemovedWords,
    /// A character that was spelt out because nobody could see it.
    Revealed,
    /// Every match of a search.
    Match,
    /// The match that the view stands at.
    CurrentMatch,
    /// The row that Enter would take.
    Selected,
}

impl Look {
    /// Returns the style of a role on this terminal.
    pub fn style(&self, role: Role) -> Style {
        let style = modifiers(role);
        if self.depth == ColourDepth::None {
            return style;
        }
        let colours = self.colours();
        let foreground = match role {
            Role::Accent | Role::Code | Role::Link | Role::Selected => Some(colours.accent),
            Role::Success | Role::Added => Some(colours.success),
            Role::Failure | Role::Removed => Some(colours.failure),
            Role::Warning => Some(colours.warning),
            Role::Mode | Role::Revealed => Some(colours.mode),
            Role::Number => Some(colours.number),
            Role::Quote => Some(colours.quote),
            _ => None,
        };
        let background = match role {
            Role::AddedRow => colours.added_row,
            Role::RemovedRow => colours.removed_row,
            Role::AddedWords => colours.added_words,
            Role::RemovedWords => colours.removed_words,
            _ => None,
        };
        Style { fg: foreground, bg: background, ..style }
    }

    /// The colours in force: those of the theme where the terminal can show them, else its own palette.
    pub fn colours(&self) -> Palette {
        match &self.palette {
            Some(palette) if self.depth == ColourDepth::True => palette.clone(),
            _ => Palette::of_terminal(self.depth, self.light),
        }
    }
}

fn modifiers(role: Role) -> Style {
    let modifier = match role {
        Role::UserMark => Modifier::BOLD | Modifier::DIM,
        Role::Dim => Modifier::DIM,
        Role::Title | Role::Heading2 | Role::Strong => Modifier::BOLD,
        Role::Heading1 => Modifier::BOLD | Modifier::UNDERLINED,
        Role::Heading3 => Modifier::BOLD | Modifier::ITALIC,
        Role::Emphasis => Modifier::ITALIC,
        Role::Struck => Modifier::CROSSED_OUT,
        Role::Link | Role::Match => Modifier::UNDERLINED,
        Role::AddedWords | Role::RemovedWords | Role::Selected => Modifier::BOLD,
        Role::Revealed | Role::CurrentMatch => Modifier::REVERSED,
        Role::Bullet
        | Role::Accent
        | Role::Success
        | Role::Failure
        | Role::Warning
        | Role::Mode
        | Role::Code
        | Role::Number
        | Role::Quote
        | Role::Added
        | Role::Removed
        | Role::AddedRow
        | Role::RemovedRow => Modifier::empty(),
    };
    Style::new().add_modifier(modifier)
}

/// Returns the nearest of the 256 colours that every such terminal shows alike.
pub(crate) fn nearest_indexed(red: u8, green: u8, blue: u8) -> Color {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |value: u8| (0..6u8).min_by_key(|n| STEPS[usize::from(*n)].abs_diff(value)).unwrap_or(0);
    let cube = [step(red), step(green), step(blue)];
    let cube_colour = cube.map(|n| STEPS[usize::from(n)]);
    let average = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let grey_step = u8::try_from(average.saturating_sub(3) / 10).unwrap_or(23).min(23);
    let grey = 8 + 10 * grey_step;
    let distance = |to: [u8; 3]| -> u32 { [red, green, blue].iter().zip(to).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    if distance([grey; 3]) < distance(cube_colour) {
        Color::Indexed(232 + grey_step)
    } else {
        Color::Indexed(16 + 36 * cube[0] + 6 * cube[1] + cube[2])
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn without_colours_bold_and_dim_remain() {
        let look = Look { depth: ColourDepth::None, ..Look::default() };
        assert_eq!(look.style(Role::Failure), Style::new());
        assert_eq!(look.style(Role::Title), Style::new().bold());
        assert_eq!(look.style(Role::AddedRow), Style::new());
    }

    #[test]
    fn colours_map_to_the_nearest_of_256() {
        assert_eq!(nearest_indexed(255, 0, 0), Color::Indexed(196));
        assert_eq!(nearest_indexed(128, 128, 128), Color::Indexed(244));
        assert_eq!(nearest_indexed(0, 0, 0), Color::Indexed(16));
    }
}
