//! The three functions of rule files, and what their arguments have to be.

use super::language::{Fault, Heap, Host, Parameter, Place, Signature, Value, Wanted};
use super::{PrefixCall, RuleCall};
use crate::example::Example;
use crate::rule::{
    Decision, HostExecutable, NetworkProtocol, NetworkRule, Origin, PatternToken, PrefixRule, RuleFault, check_justification,
};

const FUNCTIONS: &[Signature] = &[
    Signature {
        name: "prefix_rule",
        parameters: &[
            Parameter("pattern", Wanted::List),
            Parameter("decision", Wanted::Text),
            Parameter("match", Wanted::List),
            Parameter("not_match", Wanted::List),
            Parameter("justification", Wanted::Text),
        ],
        required: 1,
    },
    Signature { name: "host_executable", parameters: &[Parameter("name", Wanted::Text), Parameter("paths", Wanted::List)], required: 2 },
    Signature {
        name: "network_rule",
        parameters: &[
            Parameter("host", Wanted::Text),
            Parameter("protocol", Wanted::Text),
            Parameter("decision", Wanted::Text),
            Parameter("justification", Wanted::Text),
        ],
        required: 3,
    },
];

/// Collects what a file calls.
#[derive(Debug)]
pub(super) struct Rules {
    /// The file; the line is that of no call.
    pub(super) origin: Origin,
    pub(super) made: Vec<RuleCall>,
}

impl Host for Rules {
    fn functions(&self) -> &'static [Signature] {
        FUNCTIONS
    }

    fn call(&mut self, function: &'static str, arguments: &[Option<Value>], heap: &mut Heap, place: Place) -> Result<(), Fault> {
        let given = Given { arguments, heap };
        let origin = Origin { line: place.line, ..self.origin.clone() };
        let made = match function {
            "prefix_rule" => prefix_rule(&given, origin, place.shown).map(RuleCall::Prefix),
            "host_executable" => host_executable(&given, origin).map(RuleCall::Host),
            _ => network_rule(&given, origin).map(RuleCall::Network),
        };
        let made = made.map_err(|fault: RuleFault| Fault::new(fault.to_string()))?;
        if let RuleCall::Prefix(call) = &made {
            heap.work(call.words_to_compare())?;
        }
        self.made.push(made);
        Ok(())
    }
}

/// The arguments of a call, which are of the types that the signature says.
struct Given<'a> {
    arguments: &'a [Option<Value>],
    heap: &'a Heap,
}

impl<'a> Given<'a> {
    fn text(&self, index: usize) -> Option<&'a str> {
        self.arguments.get(index).copied().flatten().and_then(|value| self.heap.unpack_str(value))
    }

    fn list(&self, index: usize) -> &'a [Value] {
        self.arguments.get(index).copied().flatten().and_then(|value| self.heap.unpack_list(value)).unwrap_or_default()
    }

    fn examples(&self, index: usize) -> Result<Vec<Example>, RuleFault> {
        self.list(index).iter().map(|value| example(*value, self.heap)).collect()
    }
}

fn prefix_rule(given: &Given, origin: Origin, place: String) -> Result<PrefixCall, RuleFault> {
    let decision = given.text(1).map_or(Ok(Decision::Allow), Decision::parse)?;
    let justification = check_justification(given.text(4))?;
    let pattern = given.list(0).iter().map(|value| pattern_token(*value, given.heap)).collect::<Result<_, _>>()?;
    let rule = PrefixRule::new(pattern, decision, justification, origin)?;
    let matching = given.examples(2)?;
    let not_matching = given.examples(3)?;
    Ok(PrefixCall { rule, matching, not_matching, place })
}

fn host_executable(given: &Given, origin: Origin) -> Result<HostExecutable, RuleFault> {
    let name = given.text(0).unwrap_or_default();
    HostExecutable::check_name(name)?;
    let mut paths = Vec::new();
    for path in given.list(1) {
        let kind = given.heap.type_name(*path);
        let text = given.heap.unpack_str(*path);
        let text = text.ok_or_else(|| RuleFault::Rule(format!("host_executable paths must be strings (got {kind})")))?;
        let path = HostExecutable::check_path(name, text)?;
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(HostExecutable { name: name.to_owned(), paths, origin })
}

fn network_rule(given: &Given, origin: Origin) -> Result<NetworkRule, RuleFault> {
    let protocol = NetworkProtocol::parse(given.text(1).unwrap_or_default())?;
    let decision = NetworkRule::parse_decision(given.text(2).unwrap_or_default())?;
    let justification = check_justification(given.text(3))?;
    let (host, port) = crate::host::parse(given.text(0).unwrap_or_default())?;
    Ok(NetworkRule { host, port, protocol, decision, justification, origin })
}

fn pattern_token(value: Value, heap: &Heap) -> Result<PatternToken, RuleFault> {
    let fault = |what: String| Err(RuleFault::Pattern(what));
    if let Some(word) = heap.unpack_str(value) {
        return Ok(PatternToken::One(word.to_owned()));
    }
    let Some(list) = heap.unpack_list(value) else {
        return fault(format!("pattern element must be a string or list of strings (got {})", heap.type_name(value)));
    };
    let mut words = Vec::with_capacity(list.len());
    for item in list {
        match heap.unpack_str(*item) {
            Some(word) => words.push(word.to_owned()),
            None => return fault(format!("pattern alternative must be a string (got {})", heap.type_name(*item))),
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

fn example(value: Value, heap: &Heap) -> Result<Example, RuleFault> {
    if let Some(line) = heap.unpack_str(value) {
        return Example::from_line(line);
    }
    let Some(list) = heap.unpack_list(value) else {
        return Err(RuleFault::Example(format!("example must be a string or list of strings (got {})", heap.type_name(value))));
    };
    let word = |item: &Value| {
        let fault = || RuleFault::Example(format!("example tokens must be strings (got {})", heap.type_name(*item)));
        heap.unpack_str(*item).map(str::to_owned).ok_or_else(fault)
    };
    Example::from_words(list.iter().map(word).collect::<Result<_, _>>()?)
}
