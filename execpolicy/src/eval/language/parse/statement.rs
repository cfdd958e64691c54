//! Statements and blocks.

use std::rc::Rc;

use super::super::ast::{Annotation, Binary, Body, Expr, ExprKind, Function, Name, Slot, Stmt, StmtKind, Target};
use super::super::fault::Fault;
use super::super::limits::{NESTING, too_deep};
use super::super::source::Span;
use super::super::token::Token;
use super::Parser;

/// What the left side of an assignment may be.
const TARGETS: &str = "left-hand-side of assignment must take the form `a`, `a.b` or `a[b]`";

impl Parser<'_> {
    /// Reads a statement, or a line of several.
    pub(super) fn statement(&mut self, into: &mut Vec<Stmt>) -> Result<(), Fault> {
        match self.token {
            Token::Newline => self.advance().map(drop),
            Token::Keyword("def") => self.def(into),
            Token::Keyword("if") => self.condition(into),
            Token::Keyword("for") => self.turns(into),
            _ => self.line(into),
        }
    }

    /// Small statements with semicolons between them.
    fn line(&mut self, into: &mut Vec<Stmt>) -> Result<(), Fault> {
        loop {
            into.push(self.small()?);
            let more = self.takes(";")?;
            if self.token == Token::Newline {
                return self.advance().map(drop);
            }
            if !more {
                return Err(self.unexpected("new line"));
            }
        }
    }

    fn small(&mut self) -> Result<Stmt, Fault> {
        let begin = self.span;
        let kind = match self.token {
            Token::Keyword("pass") => self.advance().map(|_| StmtKind::Pass)?,
            Token::Keyword(word @ ("break" | "continue")) => self.jump(word)?,
            Token::Keyword("return") => return self.return_value(),
            Token::Keyword("load") => return self.load(),
            _ => self.expression_or_assignment()?,
        };
        Ok(Stmt { span: begin.to(self.last), kind })
    }

    fn jump(&mut self, word: &str) -> Result<StmtKind, Fault> {
        if !self.in_loop {
            return Err(Fault::at(self.span, format!("`{word}` cannot be used outside of a `for` loop")));
        }
        self.advance()?;
        Ok(if word == "break" { StmtKind::Break } else { StmtKind::Continue })
    }

    fn return_value(&mut self) -> Result<Stmt, Fault> {
        let (_, begin) = self.advance()?;
        let ends = matches!(self.token, Token::Newline | Token::Symbol(";"));
        let value = if ends { None } else { Some(self.expressions()?) };
        let span = value.as_ref().map_or(begin, |value| begin.to(value.span));
        if !self.in_function {
            return Err(Fault::at(span, "`return` cannot be used outside of a `def` function"));
        }
        Ok(Stmt { span, kind: StmtKind::Return(value) })
    }

    /// Files are never loaded; what is said about it stands where the statement does.
    fn load(&mut self) -> Result<Stmt, Fault> {
        let (_, begin) = self.advance()?;
        self.needs("(")?;
        let module = self.text()?;
        let mut names = 0;
        while self.takes(",")? && !self.is(")") {
            if let Token::Name(_) = self.token {
                self.advance()?;
                self.needs("=")?;
            }
            self.text()?;
            names += 1;
        }
        let span = begin.to(self.needs(")")?);
        if names == 0 {
            return Err(Fault::at(span, "`load` statement requires at least two arguments"));
        }
        if self.blocks > 0 {
            return Err(Fault::at(span, "`load` must only occur at the top of a module"));
        }
        Ok(Stmt { span, kind: StmtKind::Load(module) })
    }

    fn text(&mut self) -> Result<String, Fault> {
        let Token::Text(text) = &mut self.token else { return Err(self.unexpected("string literal")) };
        let text = std::mem::take(text);
        self.advance()?;
        Ok(text)
    }

    fn expression_or_assignment(&mut self) -> Result<StmtKind, Fault> {
        let left = self.expressions()?;
        let Token::Symbol(symbol) = self.token else { return Ok(StmtKind::Expression(left)) };
        if let Some(operator) = augmenting(symbol) {
            if let ExprKind::Tuple(_) | ExprKind::List(_) = left.kind {
                return Err(Fault::at(left.span, "left-hand-side of modifying assignment cannot be a list or tuple"));
            }
            let target = target(left)?;
            if symbol == "/=" {
                return Err(Fault::at(self.span, "Parse error: `/` makes floating point numbers, which are not available in rule files"));
            }
            self.advance()?;
            return Ok(StmtKind::Augment(target, operator, self.expressions()?));
        }
        match symbol {
            "=" => self.assignment(left, None),
            ":" if !matches!(left.kind, ExprKind::Tuple(_)) => {
                self.advance()?;
                let annotation = self.annotation()?;
                self.assignment(left, Some(annotation))
            }
            _ => Ok(StmtKind::Expression(left)),
        }
    }

    fn assignment(&mut self, left: Expr, annotation: Option<Annotation>) -> Result<StmtKind, Fault> {
        let target = target(left)?;
        self.needs("=")?;
        Ok(StmtKind::Assign(target, annotation, self.expressions()?))
    }

    /// `:` and what belongs below it, on the same line or indented.
    fn block(&mut self) -> Result<Vec<Stmt>, Fault> {
        self.needs(":")?;
        self.blocks += 1;
        if self.blocks > NESTING + 1 {
            return Err(too_deep().placed(self.span, Vec::new));
        }
        let mut statements = Vec::new();
        if self.token == Token::Newline {
            self.advance()?;
            if self.token != Token::Indent {
                return Err(self.unexpected("new indentation block"));
            }
            self.advance()?;
            while self.token != Token::Dedent && self.token != Token::End {
                self.statement(&mut statements)?;
            }
            if self.token == Token::Dedent {
                self.advance()?;
            }
        } else {
            self.line(&mut statements)?;
        }
        self.blocks -= 1;
        Ok(statements)
    }

    fn condition(&mut self, into: &mut Vec<Stmt>) -> Result<(), Fault> {
        let begin = self.span;
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        self.needs_word("if")?;
        loop {
            let condition = self.test()?;
            arms.push((condition, self.block()?));
            if self.takes_word("elif")? {
                continue;
            }
            if self.takes_word("else")? {
                otherwise = self.block()?;
            }
            into.push(Stmt { span: begin.to(self.last), kind: StmtKind::If(arms, otherwise) });
            return Ok(());
        }
    }

    fn turns(&mut self, into: &mut Vec<Stmt>) -> Result<(), Fault> {
        let begin = self.span;
        self.needs_word("for")?;
        let target = self.loop_target()?;
        self.needs_word("in")?;
        let over = self.test()?;
        let outer = std::mem::replace(&mut self.in_loop, true);
        let body = self.block()?;
        self.in_loop = outer;
        into.push(Stmt { span: begin.to(self.last), kind: StmtKind::For(target, over, body) });
        Ok(())
    }

    /// The variables of a loop, without `in`.
    pub(super) fn loop_target(&mut self) -> Result<Target, Fault> {
        let first = self.operand()?;
        if !self.is(",") {
            return target(first);
        }
        let mut all = vec![first];
        while self.takes(",")? {
            if self.is_word("in") {
                break;
            }
            all.push(self.operand()?);
        }
        let span = all.first().map_or(self.span, |first| first.span).to(self.last);
        target(Expr { span, kind: ExprKind::Tuple(all) })
    }

    fn def(&mut self, into: &mut Vec<Stmt>) -> Result<(), Fault> {
        let begin = self.span;
        self.needs_word("def")?;
        let Token::Name(text) = self.token else { return Err(self.unexpected("identifier")) };
        let (_, span) = self.advance()?;
        let name: Rc<str> = Rc::from(text);
        self.needs("(")?;
        let parameters = self.parameters(")")?;
        self.needs(")")?;
        let returns = if self.takes("->")? { Some(self.annotation()?) } else { None };
        let outer = (std::mem::replace(&mut self.in_function, true), std::mem::replace(&mut self.in_loop, false));
        let body = Body::Statements(self.block()?);
        (self.in_function, self.in_loop) = outer;
        let function = Function { name: Rc::clone(&name), parameters, body, returns, slots: 0 };
        let name = Name { text: name, span, slot: Slot::Unresolved };
        into.push(Stmt { span: begin.to(self.last), kind: StmtKind::Def(name, Box::new(function)) });
        Ok(())
    }
}

/// The operator of an assignment such as `+=`.
fn augmenting(symbol: &str) -> Option<Binary> {
    Some(match symbol {
        "+=" => Binary::Add,
        "-=" => Binary::Subtract,
        "*=" => Binary::Times,
        "//=" | "/=" => Binary::Divide,
        "%=" => Binary::Modulo,
        "&=" => Binary::BitAnd,
        "|=" => Binary::BitOr,
        "^=" => Binary::BitXor,
        "<<=" => Binary::ShiftLeft,
        ">>=" => Binary::ShiftRight,
        _ => return None,
    })
}

/// Turns an expression into something to assign to.
fn target(expr: Expr) -> Result<Target, Fault> {
    let span: Span = expr.span;
    Ok(match expr.kind {
        ExprKind::Name(name) => Target::Name(name),
        ExprKind::Tuple(all) | ExprKind::List(all) => Target::Tuple(span, all.into_iter().map(target).collect::<Result<_, _>>()?),
        ExprKind::Index(both) => Target::Index(span, both),
        ExprKind::Dot(of, name) => Target::Dot(span, *of, name),
        _ => return Err(Fault::at(span, TARGETS)),
    })
}
