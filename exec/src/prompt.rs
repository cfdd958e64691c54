//! Where the prompt comes from: the argument, or standard input. An argument never waits for input.

use std::io::Read;

use crate::error::ExecError;

/// How the prompt is obtained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PromptSource {
    /// It is here.
    Given(String),
    /// From standard input; `announce` tells a person that the program waits for it.
    Stdin {
        /// Whether `Reading prompt from stdin...` is shown.
        announce: bool,
    },
}

/// Decides from the argument and from whether standard input is a terminal.
pub(crate) fn prompt_source(argument: Option<String>, stdin_is_terminal: bool) -> Result<PromptSource, ExecError> {
    match argument {
        Some(dash) if dash == "-" => Ok(PromptSource::Stdin { announce: false }),
        Some(prompt) => Ok(PromptSource::Given(prompt)),
        None if stdin_is_terminal => Err(ExecError::NoPrompt),
        None => Ok(PromptSource::Stdin { announce: true }),
    }
}

/// Reads a whole prompt, kept byte for byte.
pub(crate) fn read_prompt(mut input: impl Read) -> Result<String, ExecError> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|source| ExecError::PromptUnreadable { reason: source.to_string() })?;
    let prompt = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ExecError::PromptUnreadable { reason: format!("it is not UTF-8 at byte {at}") }
    })?;
    if prompt.trim().is_empty() { Err(ExecError::EmptyPrompt) } else { Ok(prompt) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_never_waits_for_input() {
        for terminal in [true, false] {
            assert_eq!(prompt_source(Some("do it".to_owned()), terminal).unwrap(), PromptSource::Given("do it".to_owned()));
            assert_eq!(prompt_source(Some(String::new()), terminal).unwrap(), PromptSource::Given(String::new()));
            assert_eq!(prompt_source(Some("-".to_owned()), terminal).unwrap(), PromptSource::Stdin { announce: false });
        }
        assert_eq!(prompt_source(None, false).unwrap(), PromptSource::Stdin { announce: true });
        assert!(matches!(prompt_source(None, true), Err(ExecError::NoPrompt)));
    }

    #[test]
    fn input_is_kept_byte_for_byte() {
        assert_eq!(read_prompt(&b"  do it\r\n\n"[..]).unwrap(), "  do it\r\n\n");
    }

    #[test]
    fn blank_input_and_bytes_that_are_no_text_are_refused() {
        assert_eq!(read_prompt(&b" \n\t"[..]).unwrap_err().to_string(), "No prompt provided via stdin.");
        let error = read_prompt(&b"ab\xff"[..]).unwrap_err().to_string();
        assert_eq!(error, "Failed to read prompt from stdin: it is not UTF-8 at byte 2");
    }
}
