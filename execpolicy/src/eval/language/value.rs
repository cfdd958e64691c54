//! Values, and the store they live in.
//!
//! A [`Value`] is a small handle that can be copied; what it stands for lives in the [`Heap`] until the file is done.
//! Nothing is ever given back in between, so values that contain themselves, or are nested without end, need no care
//! when they go. Everything that takes memory asks the heap's budget first.

use std::rc::Rc;

use indexmap::IndexMap;

use super::fault::Fault;
use super::limits::Budget;

/// A value, or a handle to one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Text(u32),
    List(u32),
    Tuple(u32),
    Dict(u32),
    Range(Range),
    Function(u32),
    /// A function of the language, by its place among the built-in names.
    BuiltIn(u32),
    /// A method and what it belongs to.
    Method(u32),
}

/// The numbers from `start` on, as long as they have not reached `stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(super) start: i32,
    pub(super) stop: i32,
    /// Not 0.
    pub(super) step: i32,
}

impl Range {
    pub(super) fn len(self) -> usize {
        let (start, stop, step) = (i64::from(self.start), i64::from(self.stop), i64::from(self.step));
        let span = if step > 0 { stop - start } else { start - stop };
        if span <= 0 { 0 } else { usize::try_from((span - 1) / step.abs() + 1).unwrap_or(usize::MAX) }
    }

    pub(super) fn at(self, index: usize) -> Option<Value> {
        let index = i64::try_from(index).ok().filter(|_| index < self.len())?;
        Some(Value::Int(i64::from(self.start) + index * i64::from(self.step)))
    }

    pub(super) fn contains(self, number: i64) -> bool {
        let Some(away) = number.checked_sub(i64::from(self.start)) else { return false };
        let step = i64::from(self.step);
        let index = away.checked_div(step).and_then(|index| usize::try_from(index).ok());
        away.checked_rem(step) == Some(0) && index.is_some_and(|index| index < self.len())
    }
}

#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    /// Loops that are going over it; it cannot change meanwhile.
    pub(super) loops: u32,
}

#[derive(Debug, Default)]
pub(super) struct Dict {
    /// In the order of insertion; with the key as it was given.
    pub(super) entries: IndexMap<Key, (Value, Value)>,
    pub(super) loops: u32,
}

/// A value that can be the key of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    None,
    Bool(bool),
    Int(i64),
    Text(Rc<str>),
    Tuple(Rc<[Key]>),
    Function(u32),
    BuiltIn(u32),
}

#[derive(Debug, Default)]
pub(crate) struct Heap {
    pub(super) budget: Budget,
    texts: Vec<Rc<str>>,
    lists: Vec<List>,
    tuples: Vec<Rc<[Value]>>,
    dicts: Vec<Dict>,
    methods: Vec<(Value, u32)>,
}

/// Bytes of a handle in a list.
const ITEM: usize = 2 * size_of::<Value>();
/// Bytes of an entry of a dictionary.
const ENTRY: usize = 128;
/// Bytes of anything in the store, whatever it contains.
const OBJECT: usize = 64;

fn index(count: usize) -> u32 {
    // The budget ends long before.
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is said when something is changed while a loop goes over it, in the words that programs know.
fn in_use() -> Fault {
    Fault::new("This operation mutate an iterable for an iterator while iterating.")
}

impl Heap {
    /// Stores a text. Whoever makes a long one asks the budget before making it.
    pub(super) fn text(&mut self, text: impl Into<Rc<str>>) -> Result<Value, Fault> {
        let text = text.into();
        self.budget.bytes(OBJECT + text.len())?;
        self.texts.push(text);
        Ok(Value::Text(index(self.texts.len() - 1)))
    }

    /// Stores a list.
    pub(super) fn list(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        self.budget.bytes(OBJECT + items.len() * ITEM)?;
        self.budget.steps(items.len() / 8)?;
        self.lists.push(List { items, loops: 0 });
        Ok(Value::List(index(self.lists.len() - 1)))
    }

    /// Stores a tuple.
    pub(super) fn tuple(&mut self, items: impl Into<Rc<[Value]>>) -> Result<Value, Fault> {
        let items = items.into();
        self.budget.bytes(OBJECT + items.len() * ITEM)?;
        self.budget.steps(items.len() / 8)?;
        self.tuples.push(items);
        Ok(Value::Tuple(index(self.tuples.len() - 1)))
    }

    /// Makes an empty dictionary.
    pub(super) fn dict(&mut self) -> Result<Value, Fault> {
        self.budget.bytes(OBJECT)?;
        self.dicts.push(Dict::default());
        Ok(Value::Dict(index(self.dicts.len() - 1)))
    }

    pub(super) fn method(&mut self, of: Value, method: u32) -> Result<Value, Fault> {
        self.budget.bytes(OBJECT)?;
        self.methods.push((of, method));
        Ok(Value::Method(index(self.methods.len() - 1)))
    }

    /// Asks for the memory of items that are about to be collected.
    pub(super) fn reserve_items(&mut self, count: usize) -> Result<(), Fault> {
        self.budget.steps(count)?;
        self.budget.bytes(count.saturating_mul(ITEM))
    }

    pub(super) fn str(&self, id: u32) -> Rc<str> {
        Rc::clone(&self.texts[id as usize])
    }

    /// Counts work that a host does for a file.
    pub(crate) fn work(&mut self, steps: usize) -> Result<(), Fault> {
        self.budget.steps(steps)
    }

    /// Counts the memory of a copy that a host keeps of a value, lists of lists and texts in full.
    pub(super) fn copied(&mut self, value: Value) -> Result<(), Fault> {
        /// Bytes of a word that is kept, beside its letters.
        const WORD: usize = 64;
        let mut all = vec![(value, 0)];
        while let Some((value, depth)) = all.pop() {
            self.budget.bytes(WORD)?;
            match value {
                Value::Text(id) => self.budget.bytes(self.str(id).len())?,
                // Deeper ones are refused by the host.
                Value::List(id) if depth < 2 => {
                    self.budget.steps(self.items(id).len())?;
                    all.extend(self.items(id).iter().map(|item| (*item, depth + 1)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The words of a text.
    pub(crate) fn unpack_str(&self, value: Value) -> Option<&str> {
        let Value::Text(id) = value else { return None };
        Some(&self.texts[id as usize])
    }

    /// The items of a list, and of nothing else.
    pub(crate) fn unpack_list(&self, value: Value) -> Option<&[Value]> {
        let Value::List(id) = value else { return None };
        Some(self.items(id))
    }

    pub(super) fn items(&self, list: u32) -> &[Value] {
        &self.lists[list as usize].items
    }

    pub(super) fn members(&self, tuple: u32) -> Rc<[Value]> {
        Rc::clone(&self.tuples[tuple as usize])
    }

    pub(super) fn entries(&self, dict: u32) -> &IndexMap<Key, (Value, Value)> {
        &self.dicts[dict as usize].entries
    }

    pub(super) fn bound(&self, method: u32) -> (Value, u32) {
        self.methods[method as usize]
    }

    /// A list that is about to change.
    pub(super) fn items_mut(&mut self, list: u32) -> Result<&mut Vec<Value>, Fault> {
        let list = &mut self.lists[list as usize];
        if list.loops == 0 { Ok(&mut list.items) } else { Err(in_use()) }
    }

    /// A dictionary that is about to change.
    pub(super) fn entries_mut(&mut self, dict: u32) -> Result<&mut IndexMap<Key, (Value, Value)>, Fault> {
        let dict = &mut self.dicts[dict as usize];
        if dict.loops == 0 { Ok(&mut dict.entries) } else { Err(in_use()) }
    }

    /// Adds an item to a list.
    pub(super) fn push(&mut self, list: u32, item: Value) -> Result<(), Fault> {
        self.reserve_items(1)?;
        self.items_mut(list)?.push(item);
        Ok(())
    }

    /// Sets an entry of a dictionary; a key that is there keeps its place and its value.
    pub(super) fn insert(&mut self, dict: u32, key: Value, value: Value) -> Result<(), Fault> {
        let hashed = self.key(key)?;
        self.budget.bytes(ENTRY)?;
        let entry = self.entries_mut(dict)?.entry(hashed).or_insert((key, value));
        entry.1 = value;
        Ok(())
    }

    /// The value of a key.
    pub(super) fn lookup(&mut self, dict: u32, key: Value) -> Result<Option<Value>, Fault> {
        let key = self.key(key)?;
        Ok(self.entries(dict).get(&key).map(|(_, value)| *value))
    }

    /// Notes that a loop begins (1) or ends (-1) to go over something.
    pub(super) fn hold(&mut self, value: Value, by: i32) {
        let loops = match value {
            Value::List(id) => &mut self.lists[id as usize].loops,
            Value::Dict(id) => &mut self.dicts[id as usize].loops,
            _ => return,
        };
        *loops = loops.saturating_add_signed(by);
    }

    /// The name of a value's type.
    pub(crate) fn type_name(&self, value: Value) -> &'static str {
        match value {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Text(_) => "string",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Range(_) => "range",
            Value::Function(_) | Value::BuiltIn(_) | Value::Method(_) => "function",
        }
    }

    pub(super) fn truth(&self, value: Value) -> bool {
        match value {
            Value::None => false,
            Value::Bool(truth) => truth,
            Value::Int(number) => number != 0,
            Value::Text(id) => !self.str(id).is_empty(),
            Value::List(id) => !self.items(id).is_empty(),
            Value::Tuple(id) => !self.members(id).is_empty(),
            Value::Dict(id) => !self.entries(id).is_empty(),
            Value::Range(range) => range.len() > 0,
            Value::Function(_) | Value::BuiltIn(_) | Value::Method(_) => true,
        }
    }

    /// The key that a value makes; an error for what can change.
    pub(super) fn key(&mut self, value: Value) -> Result<Key, Fault> {
        self.key_at(value, 0)
    }

    fn key_at(&mut self, value: Value, depth: usize) -> Result<Key, Fault> {
        self.budget.steps(1)?;
        if depth > super::limits::NESTING {
            return Err(super::limits::too_deep());
        }
        Ok(match value {
            Value::None => Key::None,
            Value::Bool(truth) => Key::Bool(truth),
            Value::Int(number) => Key::Int(number),
            Value::Text(id) => {
                let text = self.str(id);
                self.budget.reading(text.len())?;
                Key::Text(text)
            }
            Value::Tuple(id) => {
                let members = self.members(id);
                self.budget.bytes(members.len() * ITEM)?;
                Key::Tuple(members.iter().map(|member| self.key_at(*member, depth + 1)).collect::<Result<_, _>>()?)
            }
            Value::Function(id) => Key::Function(id),
            Value::BuiltIn(id) => Key::BuiltIn(id),
            Value::List(_) | Value::Dict(_) | Value::Range(_) | Value::Method(_) => {
                return Err(Fault::new(format!("Value of type `{}` is not hashable", self.type_name(value))));
            }
        })
    }

    /// The values that a loop over `value` goes through, as they are now.
    pub(super) fn elements(&mut self, value: Value) -> Result<Rc<[Value]>, Fault> {
        let count = match value {
            Value::List(id) => self.items(id).len(),
            Value::Tuple(id) => {
                let members = self.members(id);
                self.budget.steps(members.len())?;
                return Ok(members);
            }
            Value::Dict(id) => self.entries(id).len(),
            Value::Range(range) => range.len(),
            _ => return Err(Fault::new(format!("Operation `(iter)` not supported on type `{}`", self.type_name(value)))),
        };
        self.reserve_items(count)?;
        Ok(match value {
            Value::List(id) => Rc::from(self.items(id)),
            Value::Dict(id) => self.entries(id).values().map(|(key, _)| *key).collect(),
            Value::Range(range) => (0..count).filter_map(|index| range.at(index)).collect(),
            _ => Rc::default(),
        })
    }
}
