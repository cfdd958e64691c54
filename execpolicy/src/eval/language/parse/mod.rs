//! Reads a rule file into its shape.
//!
//! Recursive descent over one token of look-ahead. What is nested counts its depth, so that nothing here or behind it
//! can overflow a stack; chains such as `a + a + ...` count as nested, because their shape is.

mod annotation;
mod arguments;
mod expression;
mod statement;

use super::ast::Stmt;
use super::fault::Fault;
use super::lexer::{Lexeme, Lexer};
use super::limits::{NESTING, too_deep};
use super::source::{Source, Span};
use super::token::Token;

/// Parses a whole file.
pub(super) fn parse(source: &Source) -> Result<Vec<Stmt>, Fault> {
    let mut parser = Parser::new(source, Lexer::new(source))?;
    let mut statements = Vec::new();
    while parser.token != Token::End {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

pub(super) struct Parser<'a> {
    source: &'a Source<'a>,
    lexer: Lexer<'a>,
    token: Token<'a>,
    span: Span,
    /// Where the token before ended.
    last: Span,
    /// How deep the present expression is nested.
    depth: usize,
    /// How deep the present block is.
    blocks: usize,
    in_loop: bool,
    in_function: bool,
}

impl<'a> Parser<'a> {
    fn new(source: &'a Source<'a>, mut lexer: Lexer<'a>) -> Result<Self, Fault> {
        let (token, span) = lexer.next()?;
        Ok(Self { source, lexer, token, span, last: span, depth: 0, blocks: 0, in_loop: false, in_function: false })
    }

    /// Goes on to the next token and returns the present one.
    fn advance(&mut self) -> Result<Lexeme<'a>, Fault> {
        let (token, span) = self.lexer.next()?;
        self.last = self.span;
        let span = std::mem::replace(&mut self.span, span);
        Ok((std::mem::replace(&mut self.token, token), span))
    }

    /// Passes a sign if it is the next token.
    fn takes(&mut self, symbol: &str) -> Result<bool, Fault> {
        let found = matches!(self.token, Token::Symbol(sign) if sign == symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Passes a keyword if it is the next token.
    fn takes_word(&mut self, word: &str) -> Result<bool, Fault> {
        let found = self.is_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(sign) if sign == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Keyword(keyword) if keyword == word)
    }

    fn needs(&mut self, symbol: &str) -> Result<Span, Fault> {
        if !self.is(symbol) {
            return Err(self.unexpected(&format!("symbol '{symbol}'")));
        }
        Ok(self.advance()?.1)
    }

    fn needs_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.takes_word(word)? { Ok(()) } else { Err(self.unexpected(&format!("keyword '{word}'"))) }
    }

    fn unexpected(&self, expected: &str) -> Fault {
        Fault::at(self.span, format!("Parse error: unexpected {}, expected {expected}", self.token))
    }

    /// One level deeper. Whoever calls this gives the level back.
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > NESTING { Err(too_deep().placed(self.span, Vec::new)) } else { Ok(()) }
    }
}
