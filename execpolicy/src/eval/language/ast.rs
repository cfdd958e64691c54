//! The shape of a parsed rule file.
//!
//! Plain data. Names are written by the parser and resolved by `scope.rs`; everything else is as it was written.

use std::rc::Rc;

use super::source::Span;

/// A variable, and where it is kept.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: Rc<str>,
    pub(super) span: Span,
    pub(super) slot: Slot,
}

/// Where a variable is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Not looked up yet.
    Unresolved,
    /// In a frame so many functions further out.
    Frame { hops: u32, index: u32 },
    /// A function of the language or of rule files.
    BuiltIn(u32),
}

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) span: Span,
    pub(super) kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    None,
    Bool(bool),
    Int(i64),
    Text(Rc<str>),
    Formatted(Vec<Format>),
    Name(Name),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Comprehension(Box<Comprehension>),
    Not(Box<Expr>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<(Expr, Expr)>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    /// Condition, value, other value.
    If(Box<(Expr, Expr, Expr)>),
    Index(Box<(Expr, Expr)>),
    Slice(Box<Slice>),
    Dot(Box<Expr>, Rc<str>),
    Call(Box<Call>),
    Lambda(Box<Function>),
}

/// A piece of a formatted text.
#[derive(Debug)]
pub(super) enum Format {
    Text(String),
    Str(Expr),
    Repr(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Plus,
    Minus,
    Invert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Times,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
}

#[derive(Debug)]
pub(super) struct Slice {
    pub(super) of: Expr,
    pub(super) start: Option<Expr>,
    pub(super) stop: Option<Expr>,
    pub(super) step: Option<Expr>,
}

/// `[element for ...]`, or with a key `{key: element for ...}`.
#[derive(Debug)]
pub(super) struct Comprehension {
    pub(super) key: Option<Expr>,
    pub(super) element: Expr,
    pub(super) clauses: Vec<Clause>,
}

#[derive(Debug)]
pub(super) enum Clause {
    For(Target, Expr),
    If(Expr),
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) callee: Expr,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Debug)]
pub(super) enum Argument {
    Positional(Expr),
    Named(Rc<str>, Expr),
    /// `*list`
    Spread(Expr),
    /// `**dict`
    SpreadNamed(Expr),
}

/// What can be assigned to.
#[derive(Debug)]
pub(super) enum Target {
    Name(Name),
    Tuple(Span, Vec<Target>),
    Index(Span, Box<(Expr, Expr)>),
    Dot(Span, Expr, Rc<str>),
}

#[derive(Debug)]
pub(super) struct Function {
    /// `lambda` for one without a name.
    pub(super) name: Rc<str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Body,
    pub(super) returns: Option<Annotation>,
    /// Variables of a call, parameters first.
    pub(super) slots: u32,
}

#[derive(Debug)]
pub(super) enum Body {
    Expression(Expr),
    Statements(Vec<Stmt>),
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Name,
    pub(super) kind: ParameterKind,
    pub(super) annotation: Option<Annotation>,
}

#[derive(Debug)]
pub(super) enum ParameterKind {
    /// With its default.
    Normal(Option<Expr>),
    /// The same behind a star.
    NamedOnly(Option<Expr>),
    /// `*rest`
    Rest,
    /// `**rest`
    RestNamed,
}

/// What a value has to be.
#[derive(Debug)]
pub(super) struct Annotation {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    None,
    Bool,
    Int,
    Text,
    List(Option<Box<Kind>>),
    Dict(Option<Box<(Kind, Kind)>>),
    Tuple(Option<Box<Kind>>),
    Either(Vec<Kind>),
}

#[derive(Debug)]
pub(super) struct Stmt {
    pub(super) span: Span,
    pub(super) kind: StmtKind,
}

#[derive(Debug)]
pub(super) enum StmtKind {
    Expression(Expr),
    Assign(Target, Option<Annotation>, Expr),
    Augment(Target, Binary, Expr),
    /// The conditions in order, each with its block, and the block of `else`.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    For(Target, Expr, Vec<Stmt>),
    Def(Name, Box<Function>),
    Return(Option<Expr>),
    Break,
    Continue,
    Pass,
    Load(String),
}

/// A parsed and resolved file.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) statements: Vec<Stmt>,
    /// Variables of the file itself.
    pub(super) slots: u32,
}
