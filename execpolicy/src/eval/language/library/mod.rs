//! The functions and methods that every rule file can use.
//!
//! A standard subset of the language's own: what makes no text, list, dictionary or number is left out. Functions are
//! known by their place in [`FUNCTIONS`], followed by those of the host; methods by their place in the table below.

mod collections;
mod convert;
mod iterate;
mod sort;
mod text;
mod words;

use super::Host;
use super::call::Arguments;
use super::fault::Fault;
use super::machine::Machine;
use super::source::Span;
use super::value::Value;

type Function = fn(&mut Machine<'_>, Arguments) -> Result<Value, Fault>;
type Method = fn(&mut Machine<'_>, Value, Arguments) -> Result<Value, Fault>;

const FUNCTIONS: &[(&str, Function)] = &[
    ("abs", convert::abs),
    ("all", iterate::all),
    ("any", iterate::any),
    ("bool", convert::bool),
    ("chr", convert::chr),
    ("dict", collections::dict),
    ("dir", convert::dir),
    ("enumerate", iterate::enumerate),
    ("fail", convert::fail),
    ("getattr", convert::getattr),
    ("hasattr", convert::hasattr),
    ("hash", convert::hash),
    ("int", convert::int),
    ("len", iterate::len),
    ("list", iterate::list),
    ("max", sort::max),
    ("min", sort::min),
    ("ord", convert::ord),
    ("range", iterate::range),
    ("repr", convert::repr),
    ("reversed", iterate::reversed),
    ("sorted", sort::sorted),
    ("str", convert::str),
    ("tuple", iterate::tuple),
    ("type", convert::type_of),
    ("zip", iterate::zip),
];

/// What has a method.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Text,
    List,
    Dict,
}

const METHODS: &[(Owner, &str, Method)] = &[
    (Owner::Text, "capitalize", words::capitalize),
    (Owner::Text, "codepoints", text::codepoints),
    (Owner::Text, "count", text::count),
    (Owner::Text, "elems", text::elems),
    (Owner::Text, "endswith", text::endswith),
    (Owner::Text, "find", text::find),
    (Owner::Text, "format", text::format),
    (Owner::Text, "index", text::index),
    (Owner::Text, "isalnum", words::isalnum),
    (Owner::Text, "isalpha", words::isalpha),
    (Owner::Text, "isdigit", words::isdigit),
    (Owner::Text, "islower", words::islower),
    (Owner::Text, "isspace", words::isspace),
    (Owner::Text, "istitle", words::istitle),
    (Owner::Text, "isupper", words::isupper),
    (Owner::Text, "join", text::join),
    (Owner::Text, "lower", words::lower),
    (Owner::Text, "lstrip", text::lstrip),
    (Owner::Text, "partition", text::partition),
    (Owner::Text, "removeprefix", text::removeprefix),
    (Owner::Text, "removesuffix", text::removesuffix),
    (Owner::Text, "replace", text::replace),
    (Owner::Text, "rfind", text::rfind),
    (Owner::Text, "rindex", text::rindex),
    (Owner::Text, "rpartition", text::rpartition),
    (Owner::Text, "rsplit", words::rsplit),
    (Owner::Text, "rstrip", text::rstrip),
    (Owner::Text, "split", words::split),
    (Owner::Text, "splitlines", words::splitlines),
    (Owner::Text, "startswith", text::startswith),
    (Owner::Text, "strip", text::strip),
    (Owner::Text, "title", words::title),
    (Owner::Text, "upper", words::upper),
    (Owner::List, "append", collections::append),
    (Owner::List, "clear", collections::clear_list),
    (Owner::List, "extend", collections::extend),
    (Owner::List, "index", collections::index),
    (Owner::List, "insert", collections::insert),
    (Owner::List, "pop", collections::pop_item),
    (Owner::List, "remove", collections::remove),
    (Owner::Dict, "clear", collections::clear_dict),
    (Owner::Dict, "get", collections::get),
    (Owner::Dict, "items", collections::items),
    (Owner::Dict, "keys", collections::keys),
    (Owner::Dict, "pop", collections::pop_entry),
    (Owner::Dict, "popitem", collections::popitem),
    (Owner::Dict, "setdefault", collections::setdefault),
    (Owner::Dict, "update", collections::update),
    (Owner::Dict, "values", collections::values),
];

/// The names of all functions, in the order of their numbers.
pub(super) fn names(host: &dyn Host) -> Vec<&'static str> {
    let own = FUNCTIONS.iter().map(|(name, _)| *name);
    own.chain(host.functions().iter().map(|signature| signature.name)).collect()
}

pub(super) fn name_of(host: &dyn Host, id: u32) -> &'static str {
    let id = id as usize;
    match FUNCTIONS.get(id) {
        Some((name, _)) => name,
        None => host.functions().get(id - FUNCTIONS.len()).map_or("function", |signature| signature.name),
    }
}

/// Calls a function by its number. `span` is the call in the file.
pub(super) fn call(machine: &mut Machine<'_>, id: u32, arguments: Arguments, span: Option<Span>) -> Result<Value, Fault> {
    match FUNCTIONS.get(id as usize) {
        Some((_, function)) => function(machine, arguments),
        None => machine.call_host(id as usize - FUNCTIONS.len(), &arguments, span),
    }
}

fn owner(of: Value) -> Option<Owner> {
    match of {
        Value::Text(_) => Some(Owner::Text),
        Value::List(_) => Some(Owner::List),
        Value::Dict(_) => Some(Owner::Dict),
        _ => None,
    }
}

/// The number of a method.
pub(super) fn method(of: Value, name: &str) -> Option<u32> {
    let owner = owner(of)?;
    let index = METHODS.iter().position(|(whose, method, _)| *whose == owner && *method == name)?;
    u32::try_from(index).ok()
}

/// The names of the methods that a value has.
pub(super) fn methods_of(of: Value) -> impl Iterator<Item = &'static str> {
    let owner = owner(of);
    METHODS.iter().filter(move |(whose, _, _)| Some(*whose) == owner).map(|(_, name, _)| *name)
}

pub(super) fn method_name(method: u32) -> &'static str {
    METHODS[method as usize].1
}

pub(super) fn call_method(machine: &mut Machine<'_>, method: u32, of: Value, arguments: Arguments) -> Result<Value, Fault> {
    METHODS[method as usize].2(machine, of, arguments)
}

impl Machine<'_> {
    /// An argument that has to be a text.
    fn text_argument(&mut self, name: &str, expected: &str, value: Value) -> Result<std::rc::Rc<str>, Fault> {
        match value {
            Value::Text(id) => Ok(self.heap.str(id)),
            _ => Err(self.mismatch(&format!("Type of parameter `{name}` doesn't match"), expected, value)),
        }
    }

    /// An argument that has to be a number; `None` when it was left out.
    fn int_argument(&mut self, name: &str, value: Option<Value>) -> Result<Option<i64>, Fault> {
        match value {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(other) => Err(self.mismatch(&format!("Type of parameter `{name}` doesn't match"), "int", other)),
        }
    }

    /// Where a method looks, which may be left open; `None` counts as left open.
    fn bound_argument(&mut self, name: &str, value: Option<Value>) -> Result<Option<i64>, Fault> {
        match value {
            None | Some(Value::None) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(other) => Err(self.mismatch(&format!("Type of parameter `{name}` doesn't match"), "None | int", other)),
        }
    }

    /// The text that a method belongs to.
    fn own_text(&mut self, of: Value) -> Result<std::rc::Rc<str>, Fault> {
        let text = self.text_argument("this", "str", of)?;
        self.heap.budget.reading(text.len())?;
        Ok(text)
    }

    /// A list of texts.
    fn texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Result<Value, Fault> {
        let list = self.heap.list(Vec::new())?;
        if let Value::List(id) = list {
            for text in texts {
                let text = self.heap.text(text)?;
                self.heap.push(id, text)?;
            }
        }
        Ok(list)
    }
}
