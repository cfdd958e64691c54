//! What stands between the brackets of a call, and the parameters of a function.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::ast::{Argument, Body, Call, Expr, ExprKind, Function, Name, Parameter, ParameterKind, Slot};
use super::super::fault::Fault;
use super::super::source::Span;
use super::super::token::Token;
use super::Parser;

/// What has been seen of an argument list, in the only order there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Positional,
    Named,
    Spread,
    SpreadNamed,
}

impl Parser<'_> {
    pub(super) fn call(&mut self, callee: Expr) -> Result<ExprKind, Fault> {
        self.needs("(")?;
        let mut arguments = Vec::new();
        let mut names = HashSet::new();
        let mut seen = Seen::Positional;
        while !self.is(")") {
            let begin = self.span;
            let (argument, kind) = self.argument()?;
            let span = begin.to(self.last);
            check_order(seen, kind, span)?;
            seen = kind;
            if let Argument::Named(name, _) = &argument
                && !names.insert(Rc::clone(name))
            {
                return Err(Fault::at(span, "repeated named argument"));
            }
            arguments.push(argument);
            if !self.takes(",")? {
                break;
            }
        }
        self.needs(")")?;
        Ok(ExprKind::Call(Box::new(Call { callee, arguments })))
    }

    fn argument(&mut self) -> Result<(Argument, Seen), Fault> {
        if self.takes("*")? {
            return Ok((Argument::Spread(self.test()?), Seen::Spread));
        }
        if self.takes("**")? {
            return Ok((Argument::SpreadNamed(self.test()?), Seen::SpreadNamed));
        }
        let parenthesized = self.is("(");
        let value = self.test()?;
        match value.kind {
            ExprKind::Name(name) if self.is("=") && !parenthesized => {
                self.advance()?;
                Ok((Argument::Named(name.text, self.test()?), Seen::Named))
            }
            kind => Ok((Argument::Positional(Expr { span: value.span, kind }), Seen::Positional)),
        }
    }

    /// `lambda PARAMETERS: EXPRESSION`
    pub(super) fn lambda(&mut self) -> Result<Expr, Fault> {
        let begin = self.span;
        self.needs_word("lambda")?;
        let parameters = self.parameters(":")?;
        self.needs(":")?;
        let body = self.test()?;
        let span = begin.to(body.span);
        let function = Function { name: Rc::from("lambda"), parameters, body: Body::Expression(body), returns: None, slots: 0 };
        Ok(Expr { span, kind: ExprKind::Lambda(Box::new(function)) })
    }

    /// The parameters of a function, up to the sign that ends them. Those of a `def` may be annotated.
    pub(super) fn parameters(&mut self, end: &str) -> Result<Vec<Parameter>, Fault> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut names = HashSet::new();
        let mut star = None;
        let mut state = State { default: false, star: false, rest: false };
        while !self.is(end) {
            let begin = self.span;
            let parameter = self.parameter(&mut state, end)?;
            let span = begin.to(self.last);
            match parameter {
                Some(parameter) => {
                    if !names.insert(Rc::clone(&parameter.name.text)) {
                        return Err(Fault::at(span, "duplicated parameter name"));
                    }
                    if star.take().is_some() && !matches!(parameter.kind, ParameterKind::NamedOnly(_)) {
                        return Err(Fault::at(span, "`*` must be followed by named parameter"));
                    }
                    parameters.push(parameter);
                }
                None => star = Some(span),
            }
            if !self.takes(",")? {
                break;
            }
        }
        match star {
            Some(span) => Err(Fault::at(span, "`*` parameter must not be last")),
            None => Ok(parameters),
        }
    }

    /// One parameter; a lone star is none.
    fn parameter(&mut self, state: &mut State, end: &str) -> Result<Option<Parameter>, Fault> {
        let begin = self.span;
        if self.is("/") {
            return Err(Fault::at(begin, "/ positional-only-arguments is not allowed in this dialect"));
        }
        let kind = if self.takes("**")? {
            if state.rest {
                return Err(Fault::at(begin, "Multiple kwargs dictionary in parameters"));
            }
            state.rest = true;
            ParameterKind::RestNamed
        } else if self.takes("*")? {
            if state.star || state.rest {
                let span = if self.is(",") || self.is(end) { begin } else { begin.to(self.span) };
                return Err(Fault::at(span, "Args parameter after another args or kwargs parameter"));
            }
            state.star = true;
            if self.is(",") || self.is(end) {
                return Ok(None);
            }
            ParameterKind::Rest
        } else {
            ParameterKind::Normal(None)
        };
        let Token::Name(text) = self.token else { return Err(self.unexpected("identifier")) };
        let (_, span) = self.advance()?;
        let name = Name { text: Rc::from(text), span, slot: Slot::Unresolved };
        let annotation = if end == ")" && self.takes(":")? { Some(self.annotation()?) } else { None };
        let ParameterKind::Normal(_) = kind else { return Ok(Some(Parameter { name, kind, annotation })) };
        if state.rest {
            return Err(Fault::at(begin.to(self.last), "Parameter after kwargs"));
        }
        let default = if self.takes("=")? { Some(self.test()?) } else { None };
        if default.is_none() && state.default && !state.star {
            return Err(Fault::at(begin.to(self.last), "positional parameter after non positional"));
        }
        state.default |= default.is_some();
        let kind = if state.star { ParameterKind::NamedOnly(default) } else { ParameterKind::Normal(default) };
        Ok(Some(Parameter { name, kind, annotation }))
    }
}

/// What has been seen of a parameter list.
struct State {
    default: bool,
    star: bool,
    rest: bool,
}

fn check_order(seen: Seen, next: Seen, span: Span) -> Result<(), Fault> {
    let told = match next {
        Seen::Positional if seen > Seen::Positional => "positional argument after non positional",
        Seen::Named if seen > Seen::Named => "named argument after *args or **kwargs",
        Seen::Spread if seen >= Seen::Spread => "Args array after another args or kwargs",
        Seen::SpreadNamed if seen >= Seen::SpreadNamed => "Multiple kwargs dictionary in arguments",
        _ => return Ok(()),
    };
    Err(Fault::at(span, told))
}
