//! Works out expressions.

use super::ast::{Clause, Comprehension, Expr, ExprKind, Format, Slice};
use super::fault::Fault;
use super::machine::Machine;
use super::value::Value;

impl<'a> Machine<'a> {
    /// The value of an expression. A fault gets the place of the innermost one.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Result<Value, Fault> {
        let value = match self.enter() {
            Ok(()) => self.eval_kind(expr),
            Err(fault) => Err(fault),
        };
        self.depth -= 1;
        value.map_err(|fault| self.placed(fault, expr.span))
    }

    fn eval_kind(&mut self, expr: &'a Expr) -> Result<Value, Fault> {
        match &expr.kind {
            ExprKind::None => Ok(Value::None),
            ExprKind::Bool(truth) => Ok(Value::Bool(*truth)),
            ExprKind::Int(number) => Ok(Value::Int(*number)),
            ExprKind::Text(text) => self.heap.text(std::rc::Rc::clone(text)),
            ExprKind::Name(name) => self.read(name),
            ExprKind::List(all) => {
                let items = self.eval_all(all)?;
                self.heap.list(items)
            }
            ExprKind::Tuple(all) => {
                let items = self.eval_all(all)?;
                self.heap.tuple(items)
            }
            ExprKind::Dict(all) => self.eval_dict(all),
            ExprKind::Formatted(pieces) => self.eval_formatted(pieces),
            ExprKind::Comprehension(comprehension) => self.eval_comprehension(comprehension),
            ExprKind::Not(inner) => {
                let value = self.eval(inner)?;
                Ok(Value::Bool(!self.heap.truth(value)))
            }
            ExprKind::Unary(operator, inner) => {
                let value = self.eval(inner)?;
                self.unary(*operator, value)
            }
            ExprKind::Binary(operator, both) => {
                let left = self.eval(&both.0)?;
                let right = self.eval(&both.1)?;
                self.binary(*operator, left, right)
            }
            ExprKind::And(both) => {
                let left = self.eval(&both.0)?;
                if self.heap.truth(left) { self.eval(&both.1) } else { Ok(left) }
            }
            ExprKind::Or(both) => {
                let left = self.eval(&both.0)?;
                if self.heap.truth(left) { Ok(left) } else { self.eval(&both.1) }
            }
            ExprKind::If(three) => {
                let condition = self.eval(&three.0)?;
                if self.heap.truth(condition) { self.eval(&three.1) } else { self.eval(&three.2) }
            }
            ExprKind::Index(both) => {
                let of = self.eval(&both.0)?;
                let index = self.eval(&both.1)?;
                self.item(of, index)
            }
            ExprKind::Slice(slice) => self.eval_slice(slice),
            ExprKind::Dot(of, name) => {
                let of = self.eval(of)?;
                self.attribute(of, name)
            }
            ExprKind::Call(call) => self.eval_call(call, expr.span),
            ExprKind::Lambda(function) => self.closure(function),
        }
    }

    fn eval_all(&mut self, all: &'a [Expr]) -> Result<Vec<Value>, Fault> {
        all.iter().map(|expr| self.eval(expr)).collect()
    }

    /// A key that is written twice is a slip of the pen.
    fn eval_dict(&mut self, all: &'a [(Expr, Expr)]) -> Result<Value, Fault> {
        let dict = self.heap.dict()?;
        let Value::Dict(id) = dict else { return Ok(dict) };
        for (key_expr, value) in all {
            let key = self.eval(key_expr)?;
            let hashed = self.heap.key(key).map_err(|fault| self.placed(fault, key_expr.span))?;
            if self.heap.entries(id).contains_key(&hashed) {
                let told = format!("Dictionary key repeated for `{}`", self.repr_of(key)?);
                return Err(self.placed(Fault::new(told), key_expr.span));
            }
            let value = self.eval(value)?;
            self.heap.insert(id, key, value)?;
        }
        Ok(dict)
    }

    fn eval_formatted(&mut self, pieces: &'a [Format]) -> Result<Value, Fault> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Format::Text(text) => self.write(text, &mut out)?,
                Format::Str(expr) => {
                    let value = self.eval(expr)?;
                    self.write_str(value, &mut out)?;
                }
                Format::Repr(expr) => {
                    let value = self.eval(expr)?;
                    self.write_repr(value, &mut out)?;
                }
            }
        }
        self.heap.text(out)
    }

    fn eval_comprehension(&mut self, comprehension: &'a Comprehension) -> Result<Value, Fault> {
        let into = if comprehension.key.is_some() { self.heap.dict()? } else { self.heap.list(Vec::new())? };
        self.clauses(comprehension, &comprehension.clauses, into)?;
        Ok(into)
    }

    fn clauses(&mut self, comprehension: &'a Comprehension, clauses: &'a [Clause], into: Value) -> Result<(), Fault> {
        match clauses.split_first() {
            None => self.collect(comprehension, into),
            Some((Clause::If(condition), rest)) => {
                let condition = self.eval(condition)?;
                if self.heap.truth(condition) { self.clauses(comprehension, rest, into) } else { Ok(()) }
            }
            Some((Clause::For(target, over_expr), rest)) => {
                let over = self.eval(over_expr)?;
                let items = self.heap.elements(over).map_err(|fault| self.placed(fault, over_expr.span))?;
                self.heap.hold(over, 1);
                for item in items.iter() {
                    self.heap.budget.turn()?;
                    self.assign(target, *item)?;
                    self.clauses(comprehension, rest, into)?;
                }
                self.heap.hold(over, -1);
                Ok(())
            }
        }
    }

    fn collect(&mut self, comprehension: &'a Comprehension, into: Value) -> Result<(), Fault> {
        let key = comprehension.key.as_ref().map(|key| self.eval(key)).transpose()?;
        let element = self.eval(&comprehension.element)?;
        match (into, key) {
            (Value::Dict(dict), Some(key)) => self.heap.insert(dict, key, element),
            (Value::List(list), None) => self.heap.push(list, element),
            _ => Ok(()),
        }
    }

    fn eval_slice(&mut self, slice: &'a Slice) -> Result<Value, Fault> {
        let of = self.eval(&slice.of)?;
        let mut bounds = [None; 3];
        for (bound, expr) in bounds.iter_mut().zip([&slice.start, &slice.stop, &slice.step]) {
            if let Some(expr) = expr {
                *bound = match self.eval(expr)? {
                    Value::None => None,
                    Value::Int(number) => Some(number),
                    other => return Err(self.not_an_int(other)),
                };
            }
        }
        self.sliced(of, bounds)
    }
}
