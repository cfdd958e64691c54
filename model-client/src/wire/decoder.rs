//! The reading side of any wire.

use super::{chat, messages, responses};
use crate::error::ModelError;
use crate::prompt::ResponseEvent;

/// What a decoder appends to.
pub(crate) type Events = Vec<Result<ResponseEvent, ModelError>>;

/// Reads one answer.
#[derive(Debug)]
pub enum Decoder {
    /// Of the Responses wire.
    Responses(responses::Decoder),
    /// Of the Chat Completions wire.
    Chat(Box<chat::Decoder>),
    /// Of the Messages wire.
    Messages(Box<messages::Decoder>),
}

macro_rules! each {
    ($self:expr, $decoder:ident => $do:expr) => {
        match $self {
            Decoder::Responses($decoder) => $do,
            Decoder::Chat($decoder) => $do,
            Decoder::Messages($decoder) => $do,
        }
    };
}

impl Decoder {
    /// Takes one event of the stream and appends what it means to `out`.
    pub fn push(&mut self, name: &str, data: &str, out: &mut Events) {
        each!(self, decoder => decoder.push(name, data, out));
    }

    /// Takes the whole answer of a server that does not stream.
    pub fn push_whole(&mut self, body: &[u8], out: &mut Events) {
        each!(self, decoder => decoder.push_whole(body, out));
    }

    /// Says that the body has ended. Gives an error unless the answer was whole.
    pub fn finish(&mut self, out: &mut Events) {
        each!(self, decoder => decoder.finish(out));
    }

    /// Whether the last event was given.
    pub fn ended(&self) -> bool {
        each!(self, decoder => decoder.ended())
    }

    /// Whether the answer is whole although more may come: token counts, or an end mark.
    pub fn settled(&self) -> bool {
        match self {
            Self::Responses(decoder) => decoder.ended(),
            Self::Chat(decoder) => decoder.settled(),
            Self::Messages(decoder) => decoder.settled(),
        }
    }

    /// What had to be mended so far.
    pub fn repairs(&self) -> Vec<&'static str> {
        match self {
            Self::Responses(decoder) => decoder.repairs().collect(),
            Self::Chat(decoder) => decoder.repairs(),
            Self::Messages(decoder) => decoder.repairs(),
        }
    }

    pub(crate) fn end_with(&mut self, error: ModelError, out: &mut Events) {
        each!(self, decoder => decoder.end_with(error, out));
    }
}
