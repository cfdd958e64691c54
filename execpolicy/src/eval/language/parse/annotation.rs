//! Annotations: what a parameter, a result or a variable has to be.
//!
//! `None`, `bool`, `int`, `str`, `list`, `dict`, `tuple`, those with their elements in brackets, and several with `|`
//! between them. Anything else is refused, because an annotation that is not checked would promise something.

use super::super::ast::{Annotation, Kind};
use super::super::fault::Fault;
use super::super::token::Token;
use super::Parser;

impl Parser<'_> {
    pub(super) fn annotation(&mut self) -> Result<Annotation, Fault> {
        let begin = self.span;
        let kind = self.kinds()?;
        Ok(Annotation { span: begin.to(self.last), kind })
    }

    fn kinds(&mut self) -> Result<Kind, Fault> {
        let first = self.kind()?;
        if !self.is("|") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes("|")? {
            all.push(self.kind()?);
        }
        Ok(Kind::Either(all))
    }

    fn kind(&mut self) -> Result<Kind, Fault> {
        self.enter()?;
        let name = match self.token {
            Token::Keyword("None") => "None",
            Token::Name(name) => name,
            Token::Newline | Token::Symbol(_) => return Err(self.unexpected("expression")),
            _ => return Err(Fault::at(self.span, format!("{} is not allowed in type expression", self.token))),
        };
        let (_, span) = self.advance()?;
        let kind = match name {
            "None" => Kind::None,
            "bool" => Kind::Bool,
            "int" => Kind::Int,
            "str" => Kind::Text,
            "list" => Kind::List(self.element()?.map(Box::new)),
            "dict" => Kind::Dict(self.pair()?.map(Box::new)),
            "tuple" => Kind::Tuple(self.elements()?.map(Box::new)),
            _ => return Err(Fault::at(span, format!("`{name}` is no type that rule files know"))),
        };
        self.depth -= 1;
        Ok(kind)
    }

    fn element(&mut self) -> Result<Option<Kind>, Fault> {
        if !self.takes("[")? {
            return Ok(None);
        }
        let kind = self.kinds()?;
        self.needs("]")?;
        Ok(Some(kind))
    }

    fn pair(&mut self) -> Result<Option<(Kind, Kind)>, Fault> {
        if !self.takes("[")? {
            return Ok(None);
        }
        let key = self.kinds()?;
        self.needs(",")?;
        let value = self.kinds()?;
        self.needs("]")?;
        Ok(Some((key, value)))
    }

    fn elements(&mut self) -> Result<Option<Kind>, Fault> {
        let begin = self.last;
        if !self.takes("[")? {
            return Ok(None);
        }
        let kind = self.kinds()?;
        self.needs(",")?;
        if !self.takes("...")? {
            return Err(Fault::at(begin.to(self.span), "`tuple[]` is implemented only for `tuple[T, ...]`"));
        }
        self.needs("]")?;
        Ok(Some(kind))
    }
}
