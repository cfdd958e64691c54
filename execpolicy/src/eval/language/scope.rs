//! Finds out which variable every name means, before anything runs.
//!
//! A function has the variables it assigns, its parameters among them; so has the file. A name that is none of those is
//! looked for in the functions around, then in the file, then among the built-in functions. The variables of a
//! comprehension are seen in it alone, but are kept with those of the function around it.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{
    Argument, Body, Clause, Comprehension, Expr, ExprKind, Format, Function, Module, Name, ParameterKind, Slot, Stmt, StmtKind, Target,
};
use super::fault::Fault;
use super::limits::{SCOPES, too_deep};
use super::source::Span;
use super::suggest::nearest;

/// Resolves every name of a file. `built_in` are the functions that files can call.
pub(super) fn resolve(mut statements: Vec<Stmt>, built_in: &[&'static str]) -> Result<Module, Fault> {
    let mut scopes = Scopes { built_in, frames: vec![Frame::default()] };
    assigned(&statements, &mut |name| scopes.declare(name));
    scopes.block(&mut statements)?;
    let slots = scopes.frames.pop().map_or(0, |frame| frame.slots);
    Ok(Module { statements, slots })
}

/// The variables of one function, or of the file.
#[derive(Default)]
struct Frame {
    slots: u32,
    /// The function's own, and behind them those of the comprehensions that are open.
    names: Vec<HashMap<Rc<str>, u32>>,
}

struct Scopes<'a> {
    built_in: &'a [&'static str],
    /// The file first.
    frames: Vec<Frame>,
}

impl Scopes<'_> {
    fn declare(&mut self, name: &Rc<str>) -> u32 {
        let Some(frame) = self.frames.last_mut() else { return 0 };
        if frame.names.is_empty() {
            frame.names.push(HashMap::new());
        }
        let slot = frame.slots;
        let Some(names) = frame.names.last_mut() else { return 0 };
        let found = *names.entry(Rc::clone(name)).or_insert(slot);
        if found == slot {
            frame.slots += 1;
        }
        found
    }

    fn name(&self, name: &mut Name) -> Result<(), Fault> {
        for (hops, frame) in self.frames.iter().rev().enumerate() {
            if let Some(index) = frame.names.iter().rev().find_map(|names| names.get(&name.text)) {
                name.slot = Slot::Frame { hops: u32::try_from(hops).unwrap_or(u32::MAX), index: *index };
                return Ok(());
            }
        }
        if let Some(index) = self.built_in.iter().position(|known| **known == *name.text) {
            name.slot = Slot::BuiltIn(u32::try_from(index).unwrap_or(u32::MAX));
            return Ok(());
        }
        let known = self.frames.iter().flat_map(|frame| frame.names.iter()).flat_map(HashMap::keys).map(|known| &**known);
        // What the map gives in any order is put into one.
        let mut known: Vec<&str> = known.chain(self.built_in.iter().copied()).collect();
        known.sort_unstable();
        let hint = nearest(&name.text, known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        Err(Fault::at(name.span, format!("Variable `{}` not found{hint}", name.text)))
    }

    fn block(&mut self, statements: &mut [Stmt]) -> Result<(), Fault> {
        statements.iter_mut().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &mut Stmt) -> Result<(), Fault> {
        match &mut statement.kind {
            StmtKind::Expression(expr) => self.expr(expr),
            StmtKind::Assign(target, _, value) | StmtKind::Augment(target, _, value) => {
                self.expr(value)?;
                self.target(target)
            }
            StmtKind::If(arms, otherwise) => {
                for (condition, block) in arms {
                    self.expr(condition)?;
                    self.block(block)?;
                }
                self.block(otherwise)
            }
            StmtKind::For(target, over, body) => {
                self.expr(over)?;
                self.target(target)?;
                self.block(body)
            }
            StmtKind::Def(name, function) => {
                self.name(name)?;
                self.function(function)
            }
            StmtKind::Return(value) => value.as_mut().map_or(Ok(()), |value| self.expr(value)),
            StmtKind::Break | StmtKind::Continue | StmtKind::Pass | StmtKind::Load(_) => Ok(()),
        }
    }

    fn target(&mut self, target: &mut Target) -> Result<(), Fault> {
        match target {
            Target::Name(name) => self.name(name),
            Target::Tuple(_, all) => all.iter_mut().try_for_each(|target| self.target(target)),
            Target::Index(_, both) => self.both(both),
            Target::Dot(_, of, _) => self.expr(of),
        }
    }

    fn function(&mut self, function: &mut Function) -> Result<(), Fault> {
        // Defaults are worked out where the function is made.
        for parameter in &mut function.parameters {
            if let ParameterKind::Normal(Some(default)) | ParameterKind::NamedOnly(Some(default)) = &mut parameter.kind {
                self.expr(default)?;
            }
        }
        self.check_depth(match &function.body {
            Body::Expression(expr) => Some(expr.span),
            Body::Statements(statements) => statements.first().map(|statement| statement.span),
        })?;
        self.frames.push(Frame::default());
        for parameter in &mut function.parameters {
            let index = self.declare(&parameter.name.text);
            parameter.name.slot = Slot::Frame { hops: 0, index };
        }
        match &mut function.body {
            Body::Expression(expr) => self.expr(expr)?,
            Body::Statements(statements) => {
                assigned(statements, &mut |name| self.declare(name));
                self.block(statements)?;
            }
        }
        function.slots = self.frames.pop().map_or(0, |frame| frame.slots);
        Ok(())
    }

    fn all(&mut self, all: &mut [Expr]) -> Result<(), Fault> {
        all.iter_mut().try_for_each(|expr| self.expr(expr))
    }

    fn both(&mut self, both: &mut (Expr, Expr)) -> Result<(), Fault> {
        self.expr(&mut both.0)?;
        self.expr(&mut both.1)
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<(), Fault> {
        match &mut expr.kind {
            ExprKind::None | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Text(_) => Ok(()),
            ExprKind::Formatted(pieces) => pieces.iter_mut().try_for_each(|piece| match piece {
                Format::Text(_) => Ok(()),
                Format::Str(expr) | Format::Repr(expr) => self.expr(expr),
            }),
            ExprKind::Name(name) => self.name(name),
            ExprKind::List(all) | ExprKind::Tuple(all) => self.all(all),
            ExprKind::Dict(all) => all.iter_mut().try_for_each(|pair| self.both(pair)),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::Not(inner) | ExprKind::Unary(_, inner) | ExprKind::Dot(inner, _) => self.expr(inner),
            ExprKind::Binary(_, both) | ExprKind::And(both) | ExprKind::Or(both) | ExprKind::Index(both) => self.both(both),
            ExprKind::If(three) => {
                self.expr(&mut three.0)?;
                self.expr(&mut three.1)?;
                self.expr(&mut three.2)
            }
            ExprKind::Slice(slice) => {
                self.expr(&mut slice.of)?;
                let bounds = [&mut slice.start, &mut slice.stop, &mut slice.step];
                bounds.into_iter().flatten().try_for_each(|bound| self.expr(bound))
            }
            ExprKind::Call(call) => {
                self.expr(&mut call.callee)?;
                call.arguments.iter_mut().try_for_each(|argument| match argument {
                    Argument::Positional(value) | Argument::Named(_, value) | Argument::Spread(value) | Argument::SpreadNamed(value) => {
                        self.expr(value)
                    }
                })
            }
            ExprKind::Lambda(function) => self.function(function),
        }
    }

    /// Functions and comprehensions inside one another: each name is looked for in all of them.
    fn check_depth(&self, span: Option<Span>) -> Result<(), Fault> {
        let open: usize = self.frames.iter().map(|frame| frame.names.len().max(1)).sum();
        if open <= SCOPES {
            return Ok(());
        }
        Err(span.map_or_else(too_deep, |span| too_deep().placed(span, Vec::new)))
    }

    /// What the first clause goes over is looked up outside.
    fn comprehension(&mut self, comprehension: &mut Comprehension) -> Result<(), Fault> {
        if let Some(Clause::For(_, over)) = comprehension.clauses.first_mut() {
            self.expr(over)?;
        }
        self.check_depth(Some(comprehension.element.span))?;
        if let Some(frame) = self.frames.last_mut() {
            if frame.names.is_empty() {
                frame.names.push(HashMap::new());
            }
            frame.names.push(HashMap::new());
        }
        for (index, clause) in comprehension.clauses.iter_mut().enumerate() {
            match clause {
                Clause::For(target, over) => {
                    if index > 0 {
                        self.expr(over)?;
                    }
                    targets(target, &mut |name| self.declare(name));
                    self.target(target)?;
                }
                Clause::If(condition) => self.expr(condition)?,
            }
        }
        if let Some(key) = &mut comprehension.key {
            self.expr(key)?;
        }
        self.expr(&mut comprehension.element)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.names.pop();
        }
        Ok(())
    }
}

/// The names that a block assigns, functions inside it left aside.
fn assigned(statements: &[Stmt], declare: &mut dyn FnMut(&Rc<str>) -> u32) {
    for statement in statements {
        match &statement.kind {
            StmtKind::Assign(target, ..) | StmtKind::Augment(target, ..) => targets(target, declare),
            StmtKind::For(target, _, body) => {
                targets(target, declare);
                assigned(body, declare);
            }
            StmtKind::If(arms, otherwise) => {
                arms.iter().for_each(|(_, block)| assigned(block, declare));
                assigned(otherwise, declare);
            }
            StmtKind::Def(name, _) => drop(declare(&name.text)),
            StmtKind::Expression(_) | StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Pass | StmtKind::Load(_) => {}
        }
    }
}

fn targets(target: &Target, declare: &mut dyn FnMut(&Rc<str>) -> u32) {
    match target {
        Target::Name(name) => drop(declare(&name.text)),
        Target::Tuple(_, all) => all.iter().for_each(|target| targets(target, declare)),
        Target::Index(..) | Target::Dot(..) => {}
    }
}
