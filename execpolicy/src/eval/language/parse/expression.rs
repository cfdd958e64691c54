//! Expressions, from the loosest to the tightest.

use std::rc::Rc;

use super::super::ast::{Binary, Clause, Comprehension, Expr, ExprKind, Format, Name, Slice, Slot, Unary};
use super::super::fault::Fault;
use super::super::lexer::Lexer;
use super::super::source::Span;
use super::super::token::{Piece, Token};
use super::Parser;

/// How tightly the operators of comparisons bind. They do not chain.
const COMPARISON: u8 = 0;

impl Parser<'_> {
    /// One expression, or several with commas between them as a tuple.
    pub(super) fn expressions(&mut self) -> Result<Expr, Fault> {
        let first = self.test()?;
        if !self.is(",") {
            return Ok(first);
        }
        let begin = first.span;
        let mut all = vec![first];
        while self.takes(",")? {
            if matches!(self.token, Token::Newline | Token::Symbol(_)) && !self.begins_expression() {
                break;
            }
            all.push(self.test()?);
        }
        Ok(Expr { span: begin.to(self.last), kind: ExprKind::Tuple(all) })
    }

    /// Whether a sign can be the first of an expression.
    fn begins_expression(&self) -> bool {
        ["(", "[", "{", "-", "+", "~"].iter().any(|sign| self.is(sign))
    }

    /// One expression, of any kind.
    pub(super) fn test(&mut self) -> Result<Expr, Fault> {
        self.enter()?;
        let expr = if self.is_word("lambda") { self.lambda() } else { self.conditional() }?;
        self.depth -= 1;
        Ok(expr)
    }

    fn conditional(&mut self) -> Result<Expr, Fault> {
        let begin = self.span;
        let value = self.or_test()?;
        if !self.takes_word("if")? {
            return Ok(value);
        }
        let condition = self.or_test()?;
        self.needs_word("else")?;
        let other = self.test()?;
        let span = begin.to(self.last);
        Ok(Expr { span, kind: ExprKind::If(Box::new((condition, value, other))) })
    }

    pub(super) fn or_test(&mut self) -> Result<Expr, Fault> {
        self.chain("or", Self::and_test, ExprKind::Or)
    }

    fn and_test(&mut self) -> Result<Expr, Fault> {
        self.chain("and", Self::not_test, ExprKind::And)
    }

    fn chain(
        &mut self,
        word: &str,
        inner: fn(&mut Self) -> Result<Expr, Fault>,
        make: fn(Box<(Expr, Expr)>) -> ExprKind,
    ) -> Result<Expr, Fault> {
        let (depth, begin) = (self.depth, self.span);
        let mut left = inner(self)?;
        while self.takes_word(word)? {
            self.enter()?;
            let right = inner(self)?;
            left = Expr { span: begin.to(self.last), kind: make(Box::new((left, right))) };
        }
        self.depth = depth;
        Ok(left)
    }

    fn not_test(&mut self) -> Result<Expr, Fault> {
        let begin = self.span;
        if !self.takes_word("not")? {
            return self.comparison();
        }
        self.enter()?;
        let inner = self.not_test()?;
        self.depth -= 1;
        Ok(Expr { span: begin.to(self.last), kind: ExprKind::Not(Box::new(inner)) })
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let begin = self.span;
        let left = self.operand()?;
        let Some(operator) = self.comparing()? else { return Ok(left) };
        let right = self.operand()?;
        let span = begin.to(self.last);
        if self.binary().is_some_and(|(_, binding)| binding == COMPARISON) || self.is_word("in") || self.is_word("not") {
            return Err(self.unexpected("end of expression (comparisons are not associative in Starlark)"));
        }
        Ok(Expr { span, kind: ExprKind::Binary(operator, Box::new((left, right))) })
    }

    /// Passes the operator of a comparison.
    fn comparing(&mut self) -> Result<Option<Binary>, Fault> {
        if self.takes_word("in")? {
            return Ok(Some(Binary::In));
        }
        if self.takes_word("not")? {
            let found = self.takes_word("in")?;
            return if found { Ok(Some(Binary::NotIn)) } else { Err(self.unexpected("'in' after 'not'")) };
        }
        let found = self.binary().filter(|(_, binding)| *binding == COMPARISON);
        if found.is_some() {
            self.advance()?;
        }
        Ok(found.map(|(operator, _)| operator))
    }

    /// What a comparison compares.
    pub(super) fn operand(&mut self) -> Result<Expr, Fault> {
        self.operators(COMPARISON + 1)
    }

    /// Operators that bind at least so tightly.
    fn operators(&mut self, least: u8) -> Result<Expr, Fault> {
        let (depth, begin) = (self.depth, self.span);
        let mut left = self.unary()?;
        while let Some((operator, binding)) = self.binary().filter(|(_, binding)| *binding >= least) {
            if self.is("/") {
                return Err(Fault::at(self.span, "Parse error: `/` makes floating point numbers, which are not available in rule files"));
            }
            self.advance()?;
            self.enter()?;
            let right = self.operators(binding + 1)?;
            left = Expr { span: begin.to(self.last), kind: ExprKind::Binary(operator, Box::new((left, right))) };
        }
        self.depth = depth;
        Ok(left)
    }

    /// The operator that is the next token, and how tightly it binds.
    fn binary(&self) -> Option<(Binary, u8)> {
        let Token::Symbol(symbol) = self.token else { return None };
        Some(match symbol {
            "==" => (Binary::Equal, COMPARISON),
            "!=" => (Binary::NotEqual, COMPARISON),
            "<" => (Binary::Less, COMPARISON),
            "<=" => (Binary::LessEqual, COMPARISON),
            ">" => (Binary::Greater, COMPARISON),
            ">=" => (Binary::GreaterEqual, COMPARISON),
            "|" => (Binary::BitOr, 1),
            "^" => (Binary::BitXor, 2),
            "&" => (Binary::BitAnd, 3),
            "<<" => (Binary::ShiftLeft, 4),
            ">>" => (Binary::ShiftRight, 4),
            "+" => (Binary::Add, 5),
            "-" => (Binary::Subtract, 5),
            "*" => (Binary::Times, 6),
            "//" | "/" => (Binary::Divide, 6),
            "%" => (Binary::Modulo, 6),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let operator = match self.token {
            Token::Symbol("+") => Unary::Plus,
            Token::Symbol("-") => Unary::Minus,
            Token::Symbol("~") => Unary::Invert,
            _ => return self.primary(),
        };
        let (_, begin) = self.advance()?;
        self.enter()?;
        let inner = self.unary()?;
        self.depth -= 1;
        Ok(Expr { span: begin.to(self.last), kind: ExprKind::Unary(operator, Box::new(inner)) })
    }

    /// A thing and what hangs on it: attributes, indices, calls.
    fn primary(&mut self) -> Result<Expr, Fault> {
        let (depth, begin) = (self.depth, self.span);
        let mut expr = self.atom()?;
        loop {
            let kind = match self.token {
                Token::Symbol(".") => {
                    self.advance()?;
                    let Token::Name(name) = self.token else { return Err(self.unexpected("identifier")) };
                    self.advance()?;
                    ExprKind::Dot(Box::new(expr), Rc::from(name))
                }
                Token::Symbol("[") => self.index(expr)?,
                Token::Symbol("(") => self.call(expr)?,
                _ => break,
            };
            self.enter()?;
            expr = Expr { span: begin.to(self.last), kind };
        }
        self.depth = depth;
        Ok(expr)
    }

    fn index(&mut self, of: Expr) -> Result<ExprKind, Fault> {
        self.needs("[")?;
        let start = if self.is(":") { None } else { Some(self.test()?) };
        if !self.is(":") {
            let Some(index) = start else { return Err(self.unexpected("expression")) };
            self.needs("]")?;
            return Ok(ExprKind::Index(Box::new((of, index))));
        }
        self.needs(":")?;
        let ends = |parser: &Self| parser.is("]") || parser.is(":");
        let stop = if ends(self) { None } else { Some(self.test()?) };
        let step = if self.takes(":")? && !self.is("]") { Some(self.test()?) } else { None };
        self.needs("]")?;
        Ok(ExprKind::Slice(Box::new(Slice { of, start, stop, step })))
    }

    fn atom(&mut self) -> Result<Expr, Fault> {
        let span = self.span;
        let kind = match &mut self.token {
            Token::Int(number) => ExprKind::Int(*number),
            Token::Text(text) => ExprKind::Text(Rc::from(std::mem::take(text))),
            Token::Formatted(pieces) => {
                let pieces = std::mem::take(pieces);
                ExprKind::Formatted(self.formatted(pieces)?)
            }
            Token::Name(name) => ExprKind::Name(Name { text: Rc::from(*name), span, slot: Slot::Unresolved }),
            Token::Keyword("True") => ExprKind::Bool(true),
            Token::Keyword("False") => ExprKind::Bool(false),
            Token::Keyword("None") => ExprKind::None,
            Token::Symbol("(") => return self.parenthesized(),
            Token::Symbol("[") => return self.list(),
            Token::Symbol("{") => return self.dict(),
            Token::Symbol("...") => return Err(Fault::at(span, "Parse error: `...` is not available in rule files")),
            _ => return Err(self.unexpected("expression")),
        };
        self.advance()?;
        Ok(Expr { span, kind })
    }

    /// The expressions inside a text are read where they stand.
    fn formatted(&mut self, pieces: Vec<Piece>) -> Result<Vec<Format>, Fault> {
        let mut formats = Vec::with_capacity(pieces.len());
        for piece in pieces {
            formats.push(match piece {
                Piece::Text(text) => Format::Text(text),
                Piece::Field { begin, end, repr } => {
                    let mut inner = Parser::new(self.source, Lexer::inside(self.source, begin, end))?;
                    inner.depth = self.depth;
                    inner.enter()?;
                    let expr = inner.test()?;
                    if inner.token != Token::End {
                        return Err(inner.unexpected("f-string expression end '}'"));
                    }
                    if repr { Format::Repr(expr) } else { Format::Str(expr) }
                }
            });
        }
        Ok(formats)
    }

    /// Brackets around an expression mean nothing, but those around a tuple belong to it.
    fn parenthesized(&mut self) -> Result<Expr, Fault> {
        let begin = self.needs("(")?;
        if self.is(")") {
            let end = self.needs(")")?;
            return Ok(Expr { span: begin.to(end), kind: ExprKind::Tuple(Vec::new()) });
        }
        let first = self.test()?;
        if self.takes(")")? {
            return Ok(Expr { span: first.span, kind: first.kind });
        }
        let inner: Span = first.span;
        let mut all = vec![first];
        while self.is(",") {
            self.advance()?;
            if self.is(")") {
                break;
            }
            all.push(self.test()?);
        }
        let span = inner.to(self.last);
        self.needs(")")?;
        Ok(Expr { span, kind: ExprKind::Tuple(all) })
    }

    fn list(&mut self) -> Result<Expr, Fault> {
        let begin = self.needs("[")?;
        let mut all = Vec::new();
        while !self.is("]") {
            all.push(self.test()?);
            if all.len() == 1
                && self.is_word("for")
                && let Some(element) = all.pop()
            {
                let clauses = self.clauses()?;
                let span = begin.to(self.needs("]")?);
                return Ok(Expr { span, kind: ExprKind::Comprehension(Box::new(Comprehension { key: None, element, clauses })) });
            }
            if !self.takes(",")? {
                break;
            }
        }
        let span = begin.to(self.needs("]")?);
        Ok(Expr { span, kind: ExprKind::List(all) })
    }

    fn dict(&mut self) -> Result<Expr, Fault> {
        let begin = self.needs("{")?;
        let mut all = Vec::new();
        while !self.is("}") {
            let key = self.test()?;
            self.needs(":")?;
            let element = self.test()?;
            if all.is_empty() && self.is_word("for") {
                let clauses = self.clauses()?;
                let span = begin.to(self.needs("}")?);
                let comprehension = Comprehension { key: Some(key), element, clauses };
                return Ok(Expr { span, kind: ExprKind::Comprehension(Box::new(comprehension)) });
            }
            all.push((key, element));
            if !self.takes(",")? {
                break;
            }
        }
        let span = begin.to(self.needs("}")?);
        Ok(Expr { span, kind: ExprKind::Dict(all) })
    }

    fn clauses(&mut self) -> Result<Vec<Clause>, Fault> {
        let depth = self.depth;
        let mut clauses = Vec::new();
        loop {
            if self.takes_word("for")? {
                let target = self.loop_target()?;
                self.needs_word("in")?;
                clauses.push(Clause::For(target, self.or_test()?));
            } else if !clauses.is_empty() && self.takes_word("if")? {
                clauses.push(Clause::If(self.or_test()?));
            } else {
                self.depth = depth;
                return Ok(clauses);
            }
            // The clauses stand inside one another.
            self.enter()?;
        }
    }
}
