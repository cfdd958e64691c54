//! The theme that a setting names: `light`, `dark`, a built-in one, a theme of code, or a file of the user's.

use super::look::Look;
use super::palette::{Palette, PaletteError};
use super::syntax::syntax_theme;

impl Look {
    /// The look under the theme `name`. `own` reads the text of the user's theme of that name; it is asked only when no other
    /// theme has the name, and answers `None` when there is no such file.
    pub fn with_theme(self, name: &str, own: impl FnOnce() -> Option<String>) -> Result<Self, PaletteError> {
        match name {
            "light" => return Ok(Self { light: Some(true), light_is_chosen: true, ..self }),
            "dark" => return Ok(Self { light: Some(false), light_is_chosen: true, ..self }),
            _ => {}
        }
        if syntax_theme(name).is_some() {
            return Ok(Self { syntax: name.to_owned(), palette: Palette::builtin(name), ..self });
        }
        let Some(text) = own() else {
            let problem = "there is no theme of that name, and no such file in `themes` of the Codex home".to_owned();
            return Err(PaletteError { name: name.to_owned(), problem });
        };
        let (palette, syntax) = Palette::parse(name, &text)?;
        if let Some(syntax) = &syntax
            && syntax_theme(syntax).is_none()
        {
            return Err(PaletteError { name: name.to_owned(), problem: format!("`syntax` is `{syntax}`, which is no theme of code") });
        }
        Ok(Self { palette: Some(palette), syntax: syntax.unwrap_or(self.syntax), ..self })
    }

    /// Takes the terminal's word for its background, unless a setting has the say.
    pub fn hear_background(&mut self, red: u8, green: u8, blue: u8) {
        if !self.light_is_chosen {
            self.light = Some(super::is_light(red, green, blue));
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn themed(name: &str, own: Option<&str>) -> Result<Look, String> {
        Look::default().with_theme(name, || own.map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_a_background_a_built_in_theme_or_a_file() {
        let mut light = themed("light", None).unwrap();
        light.hear_background(0, 0, 0);
        assert_eq!(light.light, Some(true));
        let mut told = Look::default();
        told.hear_background(255, 255, 255);
        assert_eq!(told.light, Some(true));
        assert!(themed("nord", None).unwrap().palette.is_some());
        let zenburn = themed("zenburn", None).unwrap();
        assert_eq!((zenburn.syntax.as_str(), zenburn.palette), ("zenburn", None));
        assert!(themed("mine", Some("[colors]\naccent = \"#102030\"")).unwrap().palette.is_some());
    }

    #[test]
    fn a_theme_that_cannot_be_used_is_named() {
        assert!(themed("nosuch", None).unwrap_err().starts_with("theme `nosuch`: there is no theme of that name"));
        assert_eq!(
            themed("mine", Some("syntax = \"nosuch\"")).unwrap_err(),
            "theme `mine`: `syntax` is `nosuch`, which is no theme of code"
        );
    }
}
