//! What keeps a rule file from running for ever or filling the memory.
//!
//! The interpreter counts calls and loop turns itself; a hook before each statement looks at memory and time. Three
//! things that could do harm within a single step are taken over: `range`, `*` and shifts. Their augmented forms have
//! no hook to hang on and are refused.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use starlark::codemap::FileSpanRef;
use starlark::environment::{Globals, GlobalsBuilder};
use starlark::eval::{BeforeStmtFunc, BeforeStmtFuncDyn, Evaluator};
use starlark::starlark_module;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AssignOp, AstStmt, StmtP};
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::range::Range;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, Value};
use std::num::NonZeroI32;

/// How long a file may run.
pub(super) const TIME: Duration = Duration::from_secs(3);
/// Calls and loop turns.
const STEPS: u64 = 50_000;
/// Bytes of values.
const HEAP_BYTES: usize = 64 * 1024 * 1024;
/// Elements of a list, or bytes of a text, that an operator or `range` may make.
const ELEMENTS: usize = 100_000;
/// Bits that a number may be shifted by.
const SHIFT: i32 = 256;

/// What is said when the time is over.
pub(super) fn too_slow() -> String {
    format!("the rule file ran for more than {} s", TIME.as_secs())
}

/// Looks at time and memory before every statement.
struct Watch {
    deadline: Instant,
    statements: Cell<u64>,
}

impl<'e> BeforeStmtFuncDyn<'e> for Watch {
    fn call<'v>(&mut self, _: FileSpanRef, _: bool, eval: &mut Evaluator<'v, '_, 'e>) -> starlark::Result<()> {
        self.statements.set(self.statements.get() + 1);
        if self.statements.get() > 20 * STEPS {
            return Err(refuse(format!("the rule file has run {} statements and is not done", 20 * STEPS)));
        }
        if eval.heap().allocated_bytes() > HEAP_BYTES {
            return Err(refuse(too_big()));
        }
        if Instant::now() > self.deadline { Err(refuse(too_slow())) } else { Ok(()) }
    }
}

fn refuse(what: String) -> starlark::Error {
    starlark::Error::new_other(Refused(what))
}

/// A limit, as the interpreter's error type wants it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

/// The interpreter's own words for its limits, in ours; `None` for any other error.
pub(super) fn told(error: &starlark::Error) -> Option<String> {
    let text = error.without_diagnostic().to_string();
    if text.starts_with("Execution duration limit") {
        return Some(format!("the rule file takes more than {STEPS} calls and turns of loops"));
    }
    if text.starts_with("Heap memory limit") {
        return Some(too_big());
    }
    (text == "Evaluation cancelled").then(too_slow)
}

fn too_big() -> String {
    format!("the rule file needs more than {} MiB of memory", HEAP_BYTES / (1024 * 1024))
}

/// Sets the limits of one run.
pub(super) fn apply(eval: &mut Evaluator) -> Result<(), String> {
    let deadline = Instant::now() + TIME;
    eval.set_max_tick_count(STEPS).map_err(|error| error.to_string())?;
    eval.set_max_heap_size(HEAP_BYTES).map_err(|error| error.to_string())?;
    eval.set_check_cancelled(Box::new(move || Instant::now() > deadline));
    // The interpreter made this hook for its debugger; there is no other that runs often enough.
    eval.before_stmt_for_dap(BeforeStmtFunc::from_dyn(Box::new(Watch { deadline, statements: Cell::new(0) })));
    Ok(())
}

/// Sends `*` and `<<` through the guards. Names that no file can spell, so no file can replace them.
pub(super) fn guard_operators(module: &mut AstModule) -> Result<(), String> {
    let mut refused = None;
    find_augmented(module.statement(), &mut |stmt| refused = refused.take().or(Some(stmt.span)));
    if let Some(span) = refused {
        let place = super::diagnose::place_of(&module.file_span(span));
        return Err(format!("`*=` and `<<=` are not available in rule files\n{place}"));
    }
    module.replace_binary_operators(&HashMap::from([("*".to_owned(), TIMES.to_owned()), ("<<".to_owned(), SHIFTED.to_owned())]));
    Ok(())
}

fn find_augmented(stmt: &AstStmt, found: &mut dyn FnMut(&AstStmt)) {
    if let StmtP::AssignModify(_, AssignOp::Multiply | AssignOp::LeftShift, _) = &stmt.node {
        found(stmt);
    }
    stmt.node.visit_stmt(|inner| find_augmented(inner, found));
}

const TIMES: &str = "*";
const SHIFTED: &str = "<<";

/// The standard names with the guards in place of what they guard.
pub(super) fn add_guards(globals: &mut GlobalsBuilder) {
    bounded_range(globals);
    for (name, guard) in [(TIMES, &TIMES_GUARD), (SHIFTED, &SHIFT_GUARD)] {
        let guard: &'static Globals = guard.globals();
        globals.frozen_heap().add_reference(guard.heap());
        if let Some((_, value)) = guard.iter().next() {
            globals.set(name, value);
        }
    }
}

starlark::globals_static!(TIMES_GUARD = bounded_times);
starlark::globals_static!(SHIFT_GUARD = bounded_shift);

#[starlark_module]
fn bounded_range(globals: &mut GlobalsBuilder) {
    fn range(
        #[starlark(require = pos)] a1: i32,
        #[starlark(require = pos)] a2: Option<i32>,
        #[starlark(require = pos, default = 1)] step: i32,
    ) -> starlark::Result<Range> {
        let (start, stop) = a2.map_or((0, a1), |stop| (a1, stop));
        let Some(step) = NonZeroI32::new(step) else { return Err(refuse("range step cannot be zero".to_owned())) };
        let length = (i64::from(stop) - i64::from(start)) / i64::from(step.get());
        if length > ELEMENTS as i64 {
            return Err(refuse(format!("a range may have {ELEMENTS} numbers at most")));
        }
        Ok(Range::new(start, stop, step))
    }
}

#[starlark_module]
fn bounded_times(globals: &mut GlobalsBuilder) {
    fn times<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let product = |many: Value<'v>, times: Value<'v>| Some(length(many)?.saturating_mul(usize::try_from(times.unpack_i32()?).ok()?));
        // A count beyond 32 bits is not looked at: repeating that often is an error of the language.
        if product(left, right).or_else(|| product(right, left)).is_some_and(|size| size > ELEMENTS) {
            return Err(refuse(format!("repeating may make {ELEMENTS} elements at most")));
        }
        left.mul(right, heap)
    }
}

#[starlark_module]
fn bounded_shift(globals: &mut GlobalsBuilder) {
    fn shifted<'v>(
        #[starlark(require = pos)] left: Value<'v>,
        #[starlark(require = pos)] right: Value<'v>,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        if right.unpack_i32().is_none_or(|bits| bits > SHIFT) {
            return Err(refuse(format!("numbers may be shifted by {SHIFT} bits at most")));
        }
        left.left_shift(right, heap)
    }
}

fn length(value: Value) -> Option<usize> {
    let text = value.unpack_str().map(str::len);
    text.or_else(|| ListRef::from_value(value).map(|list| list.len()))
        .or_else(|| TupleRef::from_value(value).map(TupleRef::len))
        .or_else(|| DictRef::from_value(value).map(|dict| dict.len()))
}
