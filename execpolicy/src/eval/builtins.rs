//! The three functions of rule files, and the interpreter that calls them.

use std::cell::RefCell;
use std::sync::LazyLock;

use starlark::environment::{Globals, GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::Value;
use starlark::values::list::{ListRef, UnpackList};
use starlark::values::none::NoneType;

use super::{EvalError, PrefixCall, RuleCall, diagnose, limits};
use crate::example::Example;
use crate::rule::{
    Decision, HostExecutable, NetworkProtocol, NetworkRule, Origin, PatternToken, PrefixRule, RuleFault, check_justification,
};

/// What a file has called so far.
#[derive(Debug)]
struct Calls {
    origin: Origin,
    made: Vec<RuleCall>,
}

thread_local! {
    /// Of the file that this thread runs. A thread runs one file and ends; the interpreter's own slot for such
    /// things can only be used with `unsafe`.
    static CALLS: RefCell<Option<Calls>> = const { RefCell::new(None) };
}

static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
    let globals = GlobalsBuilder::standard().with(limits::add_guards).with(rule_functions);
    globals.build()
});

/// Parses and runs a file.
pub(super) fn evaluate(origin: &Origin, source: String) -> Result<Vec<RuleCall>, EvalError> {
    let name = origin.file.to_string_lossy().into_owned();
    let dialect = Dialect { enable_f_strings: true, ..Dialect::Extended };
    let told = |error: starlark::Error| limits::told(&error).map_or_else(|| EvalError::Starlark(error.to_string()), EvalError::Limit);
    let mut module = AstModule::parse(&name, source, &dialect).map_err(told)?;
    limits::guard_operators(&mut module).map_err(EvalError::Limit)?;
    CALLS.set(Some(Calls { origin: origin.clone(), made: Vec::new() }));
    Module::with_temp_heap(|environment| {
        let mut eval = Evaluator::new(&environment);
        limits::apply(&mut eval).map_err(EvalError::Broken)?;
        eval.eval_module(module, &GLOBALS).map(drop).map_err(told)
    })?;
    Ok(CALLS.take().map(|calls| calls.made).unwrap_or_default())
}

/// Notes a call. `make` is given where the call stands.
fn note(eval: &Evaluator, make: impl FnOnce(Origin, String) -> Result<RuleCall, RuleFault>) -> starlark::Result<NoneType> {
    let span = eval.call_stack_top_location();
    let line = span.as_ref().map_or(0, |span| span.resolve_span().begin.line + 1);
    let place = span.as_ref().map(diagnose::place_of).unwrap_or_default();
    let noted = CALLS.with_borrow_mut(|calls| {
        let calls = calls.as_mut().ok_or_else(|| RuleFault::Rule("no file is being read".to_owned()))?;
        let call = make(Origin { line, ..calls.origin.clone() }, place)?;
        calls.made.push(call);
        Ok(NoneType)
    });
    noted.map_err(|fault: RuleFault| starlark::Error::new_other(fault))
}

#[starlark_module]
fn rule_functions(globals: &mut GlobalsBuilder) {
    fn prefix_rule<'v>(
        pattern: UnpackList<Value<'v>>,
        decision: Option<&'v str>,
        r#match: Option<UnpackList<Value<'v>>>,
        not_match: Option<UnpackList<Value<'v>>>,
        justification: Option<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        note(eval, |origin, place| {
            let decision = decision.map_or(Ok(Decision::Allow), Decision::parse)?;
            let justification = check_justification(justification)?;
            let pattern = pattern.items.into_iter().map(pattern_token).collect::<Result<_, _>>()?;
            let rule = PrefixRule::new(pattern, decision, justification, origin)?;
            let matching = examples(r#match)?;
            let not_matching = examples(not_match)?;
            Ok(RuleCall::Prefix(PrefixCall { rule, matching, not_matching, place }))
        })
    }

    fn host_executable<'v>(name: &'v str, paths: UnpackList<Value<'v>>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<NoneType> {
        note(eval, |origin, _| {
            HostExecutable::check_name(name)?;
            let mut clean = Vec::new();
            for path in paths.items {
                let text = path
                    .unpack_str()
                    .ok_or_else(|| RuleFault::Rule(format!("host_executable paths must be strings (got {})", path.get_type())))?;
                let path = HostExecutable::check_path(name, text)?;
                if !clean.contains(&path) {
                    clean.push(path);
                }
            }
            Ok(RuleCall::Host(HostExecutable { name: name.to_owned(), paths: clean, origin }))
        })
    }

    fn network_rule<'v>(
        host: &'v str,
        protocol: &'v str,
        decision: &'v str,
        justification: Option<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        note(eval, |origin, _| {
            let protocol = NetworkProtocol::parse(protocol)?;
            let decision = NetworkRule::parse_decision(decision)?;
            let justification = check_justification(justification)?;
            let (host, port) = crate::host::parse(host)?;
            Ok(RuleCall::Network(NetworkRule { host, port, protocol, decision, justification, origin }))
        })
    }
}

fn pattern_token(value: Value) -> Result<PatternToken, RuleFault> {
    let fault = |what: String| Err(RuleFault::Pattern(what));
    if let Some(word) = value.unpack_str() {
        return Ok(PatternToken::One(word.to_owned()));
    }
    let Some(list) = ListRef::from_value(value) else {
        return fault(format!("pattern element must be a string or list of strings (got {})", value.get_type()));
    };
    let mut words = Vec::with_capacity(list.len());
    for item in list.iter() {
        match item.unpack_str() {
            Some(word) => words.push(word.to_owned()),
            None => return fault(format!("pattern alternative must be a string (got {})", item.get_type())),
        }
    }
    match (words.pop(), words.is_empty()) {
        (None, _) => fault("pattern alternatives cannot be empty".to_owned()),
        (Some(only), true) => Ok(PatternToken::One(only)),
        (Some(last), false) => {
            words.push(last);
            Ok(PatternToken::AnyOf(words))
        }
    }
}

fn examples(list: Option<UnpackList<Value>>) -> Result<Vec<Example>, RuleFault> {
    list.map(|list| list.items).unwrap_or_default().into_iter().map(example).collect()
}

fn example(value: Value) -> Result<Example, RuleFault> {
    if let Some(line) = value.unpack_str() {
        return Example::from_line(line);
    }
    let Some(list) = ListRef::from_value(value) else {
        return Err(RuleFault::Example(format!("example must be a string or list of strings (got {})", value.get_type())));
    };
    let word = |item: Value| {
        let fault = || RuleFault::Example(format!("example tokens must be strings (got {})", item.get_type()));
        item.unpack_str().map(str::to_owned).ok_or_else(fault)
    };
    Example::from_words(list.iter().map(word).collect::<Result<_, _>>()?)
}
