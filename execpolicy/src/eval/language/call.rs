//! Calls: who is called, with what, and how that meets the parameters.

use std::rc::Rc;

use super::ast::{Argument, Call, ExprKind, Function, ParameterKind};
use super::fault::Fault;
use super::library;
use super::limits::CALLS;
use super::machine::{Machine, Running};
use super::source::Span;
use super::value::{Heap, Value};

/// What a function is called with.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(super) positional: Vec<Value>,
    pub(super) named: Vec<(Rc<str>, Value)>,
}

impl Arguments {
    /// For functions whose arguments have no names.
    pub(super) fn count(&self, least: usize, most: usize) -> Result<(), Fault> {
        if let Some(names) = self.names() {
            return Err(extra_names(&names, "function"));
        }
        let got = self.positional.len();
        if (least..=most).contains(&got) {
            return Ok(());
        }
        let expected = if least == most { least.to_string() } else { format!("between {least} and {most}") };
        Err(Fault::new(format!("Wrong number of positional arguments, expected {expected}, got {got}")))
    }

    /// The argument at a place, `None` for one that was left out.
    pub(super) fn get(&self, index: usize) -> Option<Value> {
        self.positional.get(index).copied()
    }

    /// The argument at a place that [`Arguments::count`] has seen.
    pub(super) fn at(&self, index: usize) -> Value {
        self.get(index).unwrap_or(Value::None)
    }

    fn names(&self) -> Option<Vec<&str>> {
        let names: Vec<&str> = self.named.iter().map(|(name, _)| &**name).collect();
        if names.is_empty() { None } else { Some(names) }
    }

    /// Puts arguments in the order of named parameters, the first `required` of which must be there.
    pub(super) fn bind(&self, function: &str, parameters: &[&str], required: usize) -> Result<Vec<Option<Value>>, Fault> {
        let mut bound = vec![None; parameters.len()];
        for (place, value) in bound.iter_mut().zip(&self.positional) {
            *place = Some(*value);
        }
        let mut extra = Vec::new();
        for (name, value) in &self.named {
            match parameters.iter().position(|parameter| *parameter == &**name) {
                Some(index) if bound[index].is_some() => return Err(twice(name)),
                Some(index) => bound[index] = Some(*value),
                None => extra.push(&**name),
            }
        }
        if let Some(missing) = bound.iter().take(required).position(Option::is_none) {
            return Err(Fault::new(format!("Missing parameter `{}` for call to `{function}`", parameters[missing])));
        }
        check_extra(self.positional.len().saturating_sub(parameters.len()), &extra, function)?;
        Ok(bound)
    }
}

fn twice(name: &str) -> Fault {
    Fault::new(format!("Argument `{name}` occurs more than once"))
}

fn extra_names(names: &[&str], function: &str) -> Fault {
    Fault::new(format!("Found `{}` extra named parameter(s) for call to {function}", names.join("` `")))
}

fn check_extra(positional: usize, named: &[&str], function: &str) -> Result<(), Fault> {
    if positional > 0 {
        return Err(Fault::new(format!("Found {positional} extra positional argument(s) for call to {function}")));
    }
    if named.is_empty() { Ok(()) } else { Err(extra_names(named, function)) }
}

impl<'a> Machine<'a> {
    pub(super) fn eval_call(&mut self, call: &'a Call, span: Span) -> Result<Value, Fault> {
        // A method that is called at once needs no value of its own.
        let (callee, method) = match &call.callee.kind {
            ExprKind::Dot(of, name) => {
                let of = self.eval(of)?;
                let method = library::method(of, name).ok_or_else(|| self.no_attribute(of, name))?;
                (of, Some(method))
            }
            _ => (self.eval(&call.callee)?, None),
        };
        let arguments = self.eval_arguments(&call.arguments)?;
        match method {
            Some(method) => self.running(Rc::from(library::method_name(method)), Some(span), |machine| {
                library::call_method(machine, method, callee, arguments)
            }),
            None => self.invoke(callee, arguments, Some(span)),
        }
    }

    fn eval_arguments(&mut self, arguments: &'a [Argument]) -> Result<Arguments, Fault> {
        let mut made = Arguments::default();
        for argument in arguments {
            match argument {
                Argument::Positional(value) => made.positional.push(self.eval(value)?),
                Argument::Named(name, value) => made.named.push((Rc::clone(name), self.eval(value)?)),
                Argument::Spread(value) => {
                    let value = self.eval(value)?;
                    let iterable = !matches!(self.heap.type_name(value), "NoneType" | "bool" | "int" | "string" | "function");
                    if !iterable {
                        return Err(Fault::new("The argument provided for *args is not iterable"));
                    }
                    made.positional.extend(self.heap.elements(value)?.iter());
                    self.heap.reserve_items(made.positional.len())?;
                }
                Argument::SpreadNamed(value) => {
                    let value = self.eval(value)?;
                    let Value::Dict(dict) = value else { return Err(Fault::new("The argument provided for **kwargs is not a dictionary")) };
                    self.spread_named(dict, &mut made)?;
                }
            }
        }
        Ok(made)
    }

    fn spread_named(&mut self, dict: u32, made: &mut Arguments) -> Result<(), Fault> {
        let count = self.heap.entries(dict).len();
        self.heap.reserve_items(count)?;
        let written = made.named.len();
        for index in 0..count {
            let Some((_, (key, value))) = self.heap.entries(dict).get_index(index) else { break };
            let (Value::Text(name), value) = (*key, *value) else {
                return Err(Fault::new("The argument provided for *args is not an identifier"));
            };
            let name = self.heap.str(name);
            self.heap.budget.steps(written)?;
            if made.named.iter().take(written).any(|(other, _)| *other == name) {
                return Err(twice(&name));
            }
            made.named.push((name, value));
        }
        Ok(())
    }

    /// Calls a value. `span` is the call in the file, if a file made it.
    pub(super) fn invoke(&mut self, callee: Value, arguments: Arguments, span: Option<Span>) -> Result<Value, Fault> {
        match callee {
            Value::Function(id) => self.invoke_function(id, arguments, span),
            Value::BuiltIn(id) => {
                let name = Rc::from(library::name_of(self.host, id));
                self.running(name, span, |machine| library::call(machine, id, arguments, span))
            }
            Value::Method(id) => {
                let (of, method) = self.heap.bound(id);
                let name = Rc::from(library::method_name(method));
                self.running(name, span, |machine| library::call_method(machine, method, of, arguments))
            }
            _ => {
                let kind = self.heap.type_name(callee);
                self.running(Rc::from("call"), span, |_| Err(Fault::new(format!("Operation `call()` not supported on type `{kind}`"))))
            }
        }
    }

    fn running(&mut self, name: Rc<str>, span: Option<Span>, run: impl FnOnce(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        self.heap.budget.turn()?;
        if self.calls.len() >= CALLS {
            return Err(Fault::new("Starlark call stack overflow"));
        }
        self.calls.push(Running { span, name, returns: None });
        // A function that a function of the language calls has no place of its own.
        let place = self.calls.iter().rev().find_map(|call| call.span);
        let result = run(self).map_err(|fault| match place {
            Some(place) => self.placed(fault, place),
            None => fault,
        });
        self.calls.pop();
        result
    }

    fn invoke_function(&mut self, id: u32, arguments: Arguments, span: Option<Span>) -> Result<Value, Fault> {
        let closure = self.functions[id as usize].clone();
        self.running(Rc::clone(&closure.function.name), span, |machine| {
            let full = machine.function_name(Value::Function(id));
            let slots = machine.bind(closure.function, &closure.defaults, arguments, &full)?;
            if let Some(call) = machine.calls.last_mut() {
                call.returns = closure.function.returns.as_ref();
            }
            let caller = machine.push_frame(slots, closure.outer)?;
            let result = machine.body(closure.function);
            machine.frame = caller;
            result
        })
    }

    /// Puts the arguments of a call where the function keeps its parameters.
    fn bind(
        &mut self,
        function: &'a Function,
        defaults: &[Option<Value>],
        arguments: Arguments,
        called: &str,
    ) -> Result<Vec<Option<Value>>, Fault> {
        let mut slots: Vec<Option<Value>> = vec![None; function.slots as usize];
        let parameters = &function.parameters;
        let by_position = parameters.iter().take_while(|parameter| matches!(parameter.kind, ParameterKind::Normal(_))).count();
        let filled = by_position.min(arguments.positional.len());
        for (slot, value) in slots.iter_mut().zip(&arguments.positional[..filled]) {
            *slot = Some(*value);
        }
        let rest = &arguments.positional[filled..];
        let mut rest_named = Vec::new();
        self.heap.budget.steps(parameters.len().saturating_mul(1 + arguments.named.len()))?;
        for (name, value) in &arguments.named {
            let takes_names = |kind: &ParameterKind| matches!(kind, ParameterKind::Normal(_) | ParameterKind::NamedOnly(_));
            match parameters.iter().position(|parameter| takes_names(&parameter.kind) && parameter.name.text == *name) {
                Some(index) if slots[index].is_some() => return Err(twice(name)),
                Some(index) => slots[index] = Some(*value),
                None => rest_named.push((name, *value)),
            }
        }
        let (mut has_rest, mut has_rest_named) = (false, false);
        for (index, parameter) in parameters.iter().enumerate() {
            match parameter.kind {
                ParameterKind::Normal(_) | ParameterKind::NamedOnly(_) => {
                    let value = slots[index].or(defaults.get(index).copied().flatten());
                    slots[index] = Some(value.ok_or_else(|| missing(&parameter.kind, &parameter.name.text, called))?);
                }
                ParameterKind::Rest => {
                    has_rest = true;
                    slots[index] = Some(self.heap.tuple(rest)?);
                }
                ParameterKind::RestNamed => {
                    has_rest_named = true;
                    slots[index] = Some(self.named_rest(&rest_named)?);
                }
            }
        }
        let extra: Vec<&str> = rest_named.iter().map(|(name, _)| &***name).collect();
        check_extra(if has_rest { 0 } else { rest.len() }, if has_rest_named { &[] } else { &extra }, called)?;
        for (parameter, slot) in parameters.iter().zip(&slots) {
            if let (Some(annotation), Some(value)) = (&parameter.annotation, slot) {
                self.check(annotation, *value, &format!("argument `{}`", parameter.name.text))?;
            }
        }
        Ok(slots)
    }

    fn named_rest(&mut self, rest: &[(&Rc<str>, Value)]) -> Result<Value, Fault> {
        let dict = self.heap.dict()?;
        if let Value::Dict(id) = dict {
            for (name, value) in rest {
                let key = self.heap.text(Rc::clone(name))?;
                if self.heap.lookup(id, key)?.is_some() {
                    return Err(twice(name));
                }
                self.heap.insert(id, key, *value)?;
            }
        }
        Ok(dict)
    }
}

fn missing(kind: &ParameterKind, name: &str, called: &str) -> Fault {
    let which = if let ParameterKind::NamedOnly(_) = kind { "named-only parameter" } else { "parameter" };
    Fault::new(format!("Missing {which} `{name}` for call to `{called}`"))
}

impl Heap {
    /// Whether a value is what an annotation says.
    pub(super) fn is_a(&mut self, value: Value, kind: &super::ast::Kind) -> Result<bool, Fault> {
        use super::ast::Kind;
        self.budget.steps(1)?;
        let inner = match (kind, value) {
            (Kind::Either(kinds), _) => {
                for kind in kinds {
                    if self.is_a(value, kind)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            (Kind::Dict(Some(pair)), Value::Dict(id)) => {
                let entries: Vec<(Value, Value)> = self.entries(id).values().copied().collect();
                for (key, entry) in entries {
                    if !self.is_a(key, &pair.0)? || !self.is_a(entry, &pair.1)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            (Kind::List(Some(inner)), Value::List(_)) | (Kind::Tuple(Some(inner)), Value::Tuple(_)) => inner,
            (Kind::None, Value::None)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_))
            | (Kind::Text, Value::Text(_))
            | (Kind::List(None), Value::List(_))
            | (Kind::Dict(None), Value::Dict(_))
            | (Kind::Tuple(None), Value::Tuple(_)) => return Ok(true),
            _ => return Ok(false),
        };
        for item in self.elements(value)?.iter() {
            if !self.is_a(*item, inner)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
