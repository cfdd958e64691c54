//! Runs the statements of a file.
//!
//! A tree walk. Variables live in frames, one for the file and one for each call, which point at the frame around
//! the function; a name says how many frames out and which place. Everything that nests counts its depth.

use std::rc::Rc;

use super::ast::{Annotation, Body, Expr, Function, Module, Name, Slot, Stmt, StmtKind, Target};
use super::fault::{Fault, Step};
use super::limits::{DEPTH, too_deep};
use super::source::{Source, Span};
use super::value::{Heap, Value};
use super::{Host, library};

/// The variables of one call.
struct Frame {
    slots: Vec<Option<Value>>,
    /// The frame of the function around.
    outer: usize,
}

/// A function and what it took with it where it was made.
#[derive(Clone)]
pub(super) struct Closure<'a> {
    pub(super) function: &'a Function,
    /// Of each parameter.
    pub(super) defaults: Rc<[Option<Value>]>,
    pub(super) outer: usize,
}

/// A call that has not ended.
pub(super) struct Running<'a> {
    /// The call; `None` when a function of the language made it.
    pub(super) span: Option<Span>,
    /// Who is called.
    pub(super) name: Rc<str>,
    /// What the function says it returns.
    pub(super) returns: Option<&'a Annotation>,
}

pub(super) struct Machine<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) heap: Heap,
    pub(super) host: &'a mut dyn Host,
    pub(super) functions: Vec<Closure<'a>>,
    frames: Vec<Frame>,
    pub(super) frame: usize,
    pub(super) calls: Vec<Running<'a>>,
    pub(super) depth: usize,
}

/// How a statement ended.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

impl<'a> Machine<'a> {
    pub(super) fn new(source: &'a Source<'a>, module: &Module, host: &'a mut dyn Host) -> Self {
        let frame = Frame { slots: vec![None; module.slots as usize], outer: 0 };
        Self { source, heap: Heap::default(), host, functions: Vec::new(), frames: vec![frame], frame: 0, calls: Vec::new(), depth: 0 }
    }

    /// Gives a fault its place and the calls that led there, if it has none yet.
    pub(super) fn placed(&self, fault: Fault, span: Span) -> Fault {
        fault.placed(span, || {
            let outside = std::iter::once("<module>".into()).chain(self.calls.iter().map(|call| call.name.to_string()));
            self.calls.iter().zip(outside).map(|(call, inside)| Step { span: call.span, inside }).collect()
        })
    }

    /// One level deeper. Whoever calls this gives the level back.
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH { Err(too_deep()) } else { self.heap.budget.steps(1) }
    }

    /// Makes the frame of a call and returns the one that was in use.
    pub(super) fn push_frame(&mut self, slots: Vec<Option<Value>>, outer: usize) -> Result<usize, Fault> {
        self.heap.budget.bytes(64 + slots.len() * size_of::<Option<Value>>())?;
        self.frames.push(Frame { slots, outer });
        Ok(std::mem::replace(&mut self.frame, self.frames.len() - 1))
    }

    fn place_of(&mut self, slot: Slot) -> Option<&mut Option<Value>> {
        let Slot::Frame { hops, index } = slot else { return None };
        let mut frame = self.frame;
        for _ in 0..hops {
            frame = self.frames[frame].outer;
        }
        self.frames[frame].slots.get_mut(index as usize)
    }

    pub(super) fn read(&mut self, name: &Name) -> Result<Value, Fault> {
        if let Slot::BuiltIn(index) = name.slot {
            return Ok(Value::BuiltIn(index));
        }
        let unset = || Fault::new(format!("Local variable `{}` referenced before assignment", name.text));
        self.place_of(name.slot).and_then(|place| *place).ok_or_else(unset)
    }

    pub(super) fn block(&mut self, statements: &'a [Stmt]) -> Result<Flow, Fault> {
        for statement in statements {
            self.enter().map_err(|fault| self.placed(fault, statement.span))?;
            let flow = self.statement(statement).map_err(|fault| self.placed(fault, statement.span))?;
            self.depth -= 1;
            match flow {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &'a Stmt) -> Result<Flow, Fault> {
        match &statement.kind {
            StmtKind::Expression(expr) => drop(self.eval(expr)?),
            StmtKind::Assign(target, annotation, value) => {
                let value = self.eval(value)?;
                if let Some(annotation) = annotation {
                    self.check(annotation, value, "return type").map_err(|fault| self.placed(fault, annotation.span))?;
                }
                self.assign(target, value)?;
            }
            StmtKind::Augment(target, operator, value) => self.augment_target(target, *operator, value)?,
            StmtKind::If(arms, otherwise) => {
                for (condition, block) in arms {
                    let condition = self.eval(condition)?;
                    if self.heap.truth(condition) {
                        return self.block(block);
                    }
                }
                return self.block(otherwise);
            }
            StmtKind::For(target, over, body) => return self.turns(target, over, body),
            StmtKind::Def(name, function) => {
                let function = self.closure(function)?;
                self.set(name, function);
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::None), |value| self.eval(value))?;
                self.check_result(value)?;
                return Ok(Flow::Return(value));
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Pass => {}
            StmtKind::Load(module) => {
                return Err(Fault::new(format!("No imports are available, you tried `{module}` (no call to `Evaluator.set_loader`)")));
            }
        }
        Ok(Flow::Next)
    }

    fn turns(&mut self, target: &'a Target, over: &'a Expr, body: &'a [Stmt]) -> Result<Flow, Fault> {
        let over = self.eval(over)?;
        let items = self.heap.elements(over)?;
        self.heap.hold(over, 1);
        let mut ended = Flow::Next;
        for item in items.iter() {
            self.heap.budget.turn()?;
            self.assign(target, *item)?;
            match self.block(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow @ Flow::Return(_) => {
                    ended = flow;
                    break;
                }
            }
        }
        self.heap.hold(over, -1);
        Ok(ended)
    }

    /// A function as a value, with its defaults worked out.
    pub(super) fn closure(&mut self, function: &'a Function) -> Result<Value, Fault> {
        use super::ast::ParameterKind::{NamedOnly, Normal, Rest, RestNamed};
        let mut defaults = Vec::with_capacity(function.parameters.len());
        for parameter in &function.parameters {
            let default = match &parameter.kind {
                Normal(Some(default)) | NamedOnly(Some(default)) => Some(self.eval(default)?),
                Normal(None) | NamedOnly(None) | Rest | RestNamed => None,
            };
            if let (Some(annotation), Some(default)) = (&parameter.annotation, default) {
                let what = format!("argument `{}`", parameter.name.text);
                self.check(annotation, default, &what).map_err(|fault| self.placed(fault, parameter.name.span))?;
            }
            defaults.push(default);
        }
        self.heap.budget.bytes(64 + defaults.len() * 32)?;
        self.functions.push(Closure { function, defaults: defaults.into(), outer: self.frame });
        Ok(Value::Function(u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX)))
    }

    /// Refuses a value that is not what an annotation says.
    pub(super) fn check(&mut self, annotation: &Annotation, value: Value, what: &str) -> Result<(), Fault> {
        if self.heap.is_a(value, &annotation.kind)? {
            return Ok(());
        }
        let (shown, kind) = (self.str_of(value)?, self.heap.type_name(value));
        let wanted = self.source.slice(annotation.span);
        Err(Fault::new(format!("Value `{shown}` of type `{kind}` does not match the type annotation `{wanted}` for {what}")))
    }

    /// Refuses a result that is not what the running function says it returns.
    fn check_result(&mut self, value: Value) -> Result<(), Fault> {
        let returns = self.calls.last().and_then(|call| call.returns);
        returns.map_or(Ok(()), |annotation| self.check(annotation, value, "return type"))
    }

    fn set(&mut self, name: &Name, value: Value) {
        if let Some(place) = self.place_of(name.slot) {
            *place = Some(value);
        }
    }

    /// Gives a value to what stands on the left of an assignment or behind a `for`.
    pub(super) fn assign(&mut self, target: &'a Target, value: Value) -> Result<(), Fault> {
        match target {
            Target::Name(name) => {
                self.set(name, value);
                Ok(())
            }
            Target::Tuple(span, targets) => self.unpack(targets, value).map_err(|fault| self.placed(fault, *span)),
            Target::Index(span, both) => {
                let of = self.eval(&both.0)?;
                let index = self.eval(&both.1)?;
                self.set_item(of, index, value).map_err(|fault| self.placed(fault, *span))
            }
            Target::Dot(span, of, name) => {
                let of = self.eval(of)?;
                let kind = self.heap.type_name(of);
                Err(self.placed(Fault::new(format!("Operation `.{name}=` not supported on type `{kind}`")), *span))
            }
        }
    }

    fn unpack(&mut self, targets: &'a [Target], value: Value) -> Result<(), Fault> {
        let items = match value {
            Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Range(_) | Value::Text(_) => self.heap.elements(value)?,
            _ => return Err(Fault::new(format!("Operation `len()` not supported on type `{}`", self.heap.type_name(value)))),
        };
        if items.len() != targets.len() {
            return Err(Fault::new(format!("Unpacked {} values but expected {}", items.len(), targets.len())));
        }
        targets.iter().zip(items.iter()).try_for_each(|(target, item)| self.assign(target, *item))
    }

    fn augment_target(&mut self, target: &'a Target, operator: super::ast::Binary, value: &'a Expr) -> Result<(), Fault> {
        match target {
            Target::Name(name) => {
                let old = self.read(name)?;
                let value = self.eval(value)?;
                let new = self.augment(operator, old, value)?;
                self.set(name, new);
                Ok(())
            }
            Target::Index(_, both) => {
                let of = self.eval(&both.0)?;
                let index = self.eval(&both.1)?;
                let old = self.item(of, index)?;
                let value = self.eval(value)?;
                let new = self.augment(operator, old, value)?;
                self.set_item(of, index, new)
            }
            Target::Dot(..) => self.assign(target, Value::None),
            Target::Tuple(span, _) => {
                Err(self.placed(Fault::new("left-hand-side of modifying assignment cannot be a list or tuple"), *span))
            }
        }
    }

    /// What a function is called in messages.
    pub(super) fn function_name(&self, value: Value) -> Rc<str> {
        match value {
            Value::Function(id) => {
                let name = &self.functions[id as usize].function.name;
                Rc::from(format!("{}.{name}", self.source.file))
            }
            Value::BuiltIn(id) => Rc::from(library::name_of(self.host, id)),
            Value::Method(id) => Rc::from(library::method_name(self.heap.bound(id).1)),
            _ => Rc::from("function"),
        }
    }

    /// Runs the body of a function in the frame that is in use.
    pub(super) fn body(&mut self, function: &'a Function) -> Result<Value, Fault> {
        match &function.body {
            Body::Expression(expr) => self.eval(expr),
            Body::Statements(statements) => match self.block(statements)? {
                Flow::Return(value) => Ok(value),
                Flow::Next | Flow::Break | Flow::Continue => self.check_result(Value::None).map(|()| Value::None),
            },
        }
    }
}
