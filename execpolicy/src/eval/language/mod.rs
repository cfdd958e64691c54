//! The language of rule files: a subset of Starlark, which is a small Python without surprises.
//!
//! Text becomes tokens (`lexer`), tokens a tree (`parse`), names places (`scope`), and the tree is walked (`machine`).
//! Values live in one store until the file is done (`value`). What a file may use up is counted (`limits`), so the
//! same text always has the same result. What the three functions of rule files do is not known here: a [`Host`] does.
//!
//! Left out of the language: numbers beyond 64 bits, floating point, bytes, sets, structs, `load`, `print`.

mod ast;
mod call;
mod compare;
mod expression;
mod fault;
mod format;
mod index;
mod lexer;
mod library;
mod limits;
mod literal;
mod machine;
mod operator;
mod parse;
mod scope;
mod show;
mod source;
mod suggest;
mod token;
mod value;

pub(super) use self::fault::Fault;
pub(super) use self::limits::STACK_BYTES;
pub(super) use self::value::{Heap, Value};

use self::call::Arguments;
use self::machine::Machine;
use self::source::{Source, Span};

/// A function that files can call beside the language's own.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// How many of them must be given.
    pub(super) required: usize,
}

/// A parameter: its name, and what has to be given.
#[derive(Debug)]
pub(super) struct Parameter(pub(super) &'static str, pub(super) Wanted);

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    List,
}

/// Where a call stands.
#[derive(Debug)]
pub(super) struct Place {
    /// The line, the first being 1.
    pub(super) line: usize,
    /// ` --> FILE:LINE:COL` and the source line.
    pub(super) shown: String,
}

/// Who runs a file.
pub(super) trait Host {
    /// The functions it offers.
    fn functions(&self) -> &'static [Signature];

    /// One was called, with what its signature says; `None` stands for what was left out.
    fn call(&mut self, function: &'static str, arguments: &[Option<Value>], heap: &mut Heap, place: Place) -> Result<(), Fault>;
}

/// What became of a file.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is wrong.
    Wrong(String),
    /// It is too much.
    Limit(String),
}

/// Runs a file. `name` is its name in messages. The caller has [`STACK_BYTES`] of stack.
pub(super) fn run(name: &str, text: &str, host: &mut dyn Host) -> Result<(), Failure> {
    let source = Source::new(name, text);
    run_source(&source, host).map_err(|fault| {
        let told = fault.told(&source);
        if fault.is_limit() { Failure::Limit(told) } else { Failure::Wrong(told) }
    })
}

fn run_source(source: &Source, host: &mut dyn Host) -> Result<(), Fault> {
    let statements = parse::parse(source)?;
    let module = scope::resolve(statements, &library::names(host))?;
    let mut machine = Machine::new(source, &module, host);
    machine.block(&module.statements).map(drop)
}

impl Machine<'_> {
    /// Calls a function of the host.
    fn call_host(&mut self, index: usize, arguments: &Arguments, span: Option<Span>) -> Result<Value, Fault> {
        let Some(signature) = self.host.functions().get(index) else { return Ok(Value::None) };
        let names: Vec<&str> = signature.parameters.iter().map(|Parameter(name, _)| *name).collect();
        let bound = arguments.bind(signature.name, &names, signature.required)?;
        for (Parameter(name, wanted), value) in signature.parameters.iter().zip(&bound) {
            match (wanted, value) {
                (_, None) | (Wanted::Text, Some(Value::Text(_))) | (Wanted::List, Some(Value::List(_))) => {}
                (wanted, Some(other)) => {
                    let expected = if *wanted == Wanted::Text { "str" } else { "list" };
                    return Err(self.mismatch(&format!("Type of parameter `{name}` doesn't match"), expected, *other));
                }
            }
        }
        self.heap.budget.bytes(256)?;
        bound.iter().flatten().try_for_each(|value| self.heap.copied(*value))?;
        let caller = self.calls.iter().rev().find_map(|call| call.span);
        let span = span.or(caller).unwrap_or(Span::new(0, 0));
        let place = Place { line: self.source.line_of(span), shown: self.source.place(span) };
        self.host.call(signature.name, &bound, &mut self.heap, place)?;
        Ok(Value::None)
    }
}
