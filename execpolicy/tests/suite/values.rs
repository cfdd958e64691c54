//! What the language makes of expressions and statements: tables of text and result, and what holds for every value.

use codex_execpolicy::Policy;
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use crate::{policy, try_policy};

/// The first line of what a file says when it fails, without its place.
fn told(source: &str) -> String {
    let error = try_policy(source).expect_err(source);
    let line = error.lines().find_map(|line| line.strip_prefix("error: ").or_else(|| line.strip_prefix("starlark error: error: ")));
    line.unwrap_or_else(|| panic!("{source}\n{error}")).to_owned()
}

/// What `str` makes of an expression, through `fail`, which prints it.
fn shown(expression: &str) -> String {
    let told = told(&format!("fail({expression})"));
    told.strip_prefix("fail: ").map_or_else(|| format!("! {told}"), str::to_owned)
}

/// Expressions and their values; an error begins with `!`.
const EXPRESSIONS: &[(&str, &str)] = &[
    // Literals.
    ("0x1F, 0o17, 0b11, 0", "31 15 3 0"),
    ("012", "! Parse error: integer cannot have leading 0, got `012`"),
    ("9223372036854775808", "! Parse error: numbers of rule files have 64 bits at most"),
    ("1.5", "! Parse error: floating point numbers are not available in rule files"),
    ("b'a'", "! Parse error: bytes are not available in rule files"),
    (r#"'a"b', "a'b", '''a'b''', """c"d""""#, r#"a"b a'b a'b c"d"#),
    (r#"r'\n', r"\"", '\x41\u00e9\101\q', 'a\tb'"#, "\\n \" AéA\\q a\tb"),
    (r#"'\x4'"#, "! Parse error: invalid string escape sequence `x4'`"),
    (r#"'\ud800'"#, "! Parse error: invalid string escape sequence `ud800`"),
    ("'a", "! Parse error: unfinished string literal"),
    ("'a' 'b'", "! Parse error: unexpected string literal \"b\", expected symbol ')'"),
    ("(), (1,), (1, 2,), [1,], {1: 2,}", "() (1,) (1, 2) [1] {1: 2}"),
    ("{1: 2, 1: 3}", "! Dictionary key repeated for `1`"),
    ("{[]: 1}", "! Value of type `list` is not hashable"),
    ("f\"{1 + 1}-{'a'!r}-{[1, 2][0]}-{{}}\"", "2-\"a\"-1-{}"),
    ("f\"{\"", "! Parse error: f-string expression is missing closing `}`"),
    ("f\"}\"", "! Parse error: invalid input `}`"),
    // Operators.
    ("1 + 2 * 3 - 4 // 3 % 2, (1 + 2) * 3, - - 2, 1 << 2 + 1, 6 & 3 | 8 ^ 1, ~5", "6 9 2 8 11 -6"),
    ("-7 // 2, -7 % 2, 7 % -2, 7 // -2, -7 // -2, -1 >> 1, 1 >> 100", "-4 1 -1 -4 3 -1 0"),
    ("9223372036854775807 + 1", "! Integer overflow: numbers of rule files have 64 bits"),
    ("-9223372036854775807 - 1, -(-9223372036854775807 - 1)", "! Integer overflow: numbers of rule files have 64 bits"),
    ("(-9223372036854775807 - 1) // -1", "! Integer overflow: numbers of rule files have 64 bits"),
    ("(-9223372036854775807 - 1) % -1, 1 << 62, 0 << 200", "0 4611686018427387904 0"),
    ("1 << 63", "! Integer overflow: numbers of rule files have 64 bits"),
    ("1 // 0", "! Floor division by zero: 1 // 0"),
    ("1 % 0", "! Modulo by zero: 1 % 0"),
    ("1 << -1", "! Negative left shift"),
    ("1 + ''", "! Operation `+` not supported for types `int` and `string`"),
    ("[1] + (2,)", "! Operation `+` not supported for types `list` and `tuple`"),
    ("-''", "! Operation `-` not supported on type `string`"),
    ("[1] + [2], (1,) + (2,), 'a' + 'b', 'ab' * 2, 2 * [0], 'a' * -1, {1: 2} | {1: 3}", "[1, 2] (1, 2) ab abab [0, 0]  {1: 3}"),
    ("1 == True, 1 == '1', [1, [2]] == [1, [2]], {1: 2, 3: 4} == {3: 4, 1: 2}, range(3) == range(0, 3)", "False False True True True"),
    ("[1] < [2], 'a' < 'b', (1, 2) < (1,), True > False", "True True False True"),
    ("'a' < 1", "! Operation `cmp()` not supported for types `string` and `int`"),
    ("1 < 2 < 3", "! Parse error: unexpected symbol '<', expected end of expression (comparisons are not associative in Starlark)"),
    ("1 in [1], 1 not in (2,), 'a' in 'cat', 'a' in {'a': 1}, 3 in range(0, 10, 3)", "True True True True True"),
    ("1 in 'a'", "! Type of parameters mismatch, expected `str`, actual `int (repr: 1)`"),
    ("not 1 == 2, not 0, 1 and 0, 0 or 'a', 1 if [] else 2, 1 if 0 else 2 if 0 else 3", "True True 0 a 2 3"),
    // Elements and slices.
    ("'abc'[::-1], 'abc'[-2:], 'éa'[1], [1, 2, 3][::2], (1, 2, 3)[:-1], range(10)[2:5]", "cba bc a [1, 3] (1, 2) range(2, 5)"),
    ("[1][7]", "! Index `7` is out of bound"),
    ("{1: 1}[2]", "! Key `2` was not found"),
    ("[1]['a']", "! Expected `int`, but got `string (repr: \"a\")`"),
    ("None[0]", "! Operation `[]` not supported for types `NoneType` and `int`"),
    ("[1][::0]", "! Index `0` is out of bound"),
    // Comprehensions.
    ("[x * y for x in [1, 2] if x > 1 for y in [3, 4]], {k: v for k, v in [('a', 1)]}", "[6, 8] {\"a\": 1}"),
    ("[x for x in 'ab']", "! Operation `(iter)` not supported on type `string`"),
    ("[a for a, b in [(1, 2, 3)]]", "! Unpacked 3 values but expected 2"),
    // Functions.
    ("(lambda x, y = 2, *a, **k: [x, y, a, k])(1, 3, 4, z = 5)", "[1, 3, (4,), {\"z\": 5}]"),
    ("(lambda x, y: x + y)(*[1], **{'y': 2})", "3"),
    ("(lambda x: x)(1, 2)", "! Found 1 extra positional argument(s) for call to my.rules.lambda"),
    ("(lambda x: x)()", "! Missing parameter `x` for call to `my.rules.lambda`"),
    ("(lambda *, x: x)(1)", "! Missing named-only parameter `x` for call to `my.rules.lambda`"),
    ("(lambda x: x)(1, x = 1)", "! Argument `x` occurs more than once"),
    ("len(1, 2)", "! Wrong number of positional arguments, expected 1, got 2"),
    ("1()", "! Operation `call()` not supported on type `int`"),
    ("[].appendx(1)", "! Object of type `list` has no attribute `appendx`, did you mean `append`?"),
    // Built-in functions.
    ("len('é'), len([1]), len({}), len(range(0, 10, 3)), abs(-3), chr(65), ord('a'), hash('abc')", "1 1 0 4 3 A 97 96354"),
    ("int('12'), int('ff', 16), int('-0x1f', 0), int(True), bool([]), str([1, 'a', None])", "12 255 -31 1 False [1, \"a\", None]"),
    ("int('a')", "! Cannot parse `a` as an integer in base 10"),
    ("list((1, 2)), tuple({1: 2}), dict([(1, 2)], a = 3), dict(zip(['a'], [1]))", "[1, 2] (1,) {1: 2, \"a\": 3} {\"a\": 1}"),
    (
        "sorted([3, 1, 2]), sorted([1, 2], reverse = True), sorted([(1, 'x'), (1, 'a'), (0, 'z')], key = lambda t: t[0])",
        "[1, 2, 3] [2, 1] [(0, \"z\"), (1, \"x\"), (1, \"a\")]",
    ),
    ("sorted([1, 'a'])", "! Operation `cmp()` not supported for types `string` and `int`"),
    ("max([1, 3, 2]), min('b', 'a'), max([1, 2], key = lambda x: -x), any([0, 1]), all([1, 0])", "3 a 1 True False"),
    ("min([])", "! Argument is an empty iterable, max() expect a non empty iterable"),
    ("enumerate(['a'], 1), zip([1, 2], 'ab'.elems()), reversed((1, 2))", "[(1, \"a\")] [(1, \"a\"), (2, \"b\")] [2, 1]"),
    (
        "type(1), type(''), type([]), type(()), type({}), type(None), type(True), type(len), type(range(1))",
        "int string list tuple dict NoneType bool function range",
    ),
    (
        "repr('a\"b\\n\\\\é\\x7f'), repr((1,)), repr(len), hasattr([], 'pop'), getattr('a', 'upper')()",
        "\"a\\\"b\\n\\\\\\xe9\\x7f\" (1,) len True A",
    ),
    // Methods.
    (
        "'a,b,c'.split(',', 1), ' a  b '.split(), ' a  b '.split(None, 1), ' a  b '.rsplit(None, 1), 'a\\r\\nb'.splitlines()",
        "[\"a\", \"b,c\"] [\"a\", \"b\"] [\"a\", \"b \"] [\" a\", \"b\"] [\"a\", \"b\"]",
    ),
    (
        "'-'.join(['a', 'b']), 'abcabc'.replace('b', 'x', 1), 'abc'.partition('b'), 'abc'.rpartition('x')",
        "a-b axcabc (\"a\", \"b\", \"c\") (\"\", \"\", \"abc\")",
    ),
    ("'éabc'.find('b'), 'abc'.rfind('x'), 'aaa'.count('a'), 'abc'.startswith(('x', 'a')), 'abc'.find('b', 2)", "2 -1 3 True -1"),
    ("'abc'.index('x')", "! Substring 'x' not found in 'abc'"),
    ("'ab cD'.title(), 'aB'.upper(), 'aB'.lower(), 'aBc'.capitalize(), ' a '.strip() + '.', 'xax'.strip('x')", "Ab Cd AB ab Abc a. a"),
    ("','.join([1])", "! Type of parameter `to_join` doesn't match, expected `str`, actual `int (repr: 1)`"),
    ("'%s=%d %r %x%%' % ('a', 3, 'b', 255), '%s' % [1]", "a=3 \"b\" ff% [1]"),
    ("'%s %s' % ('a',)", "! Not enough arguments for format string"),
    ("'%d' % 'a'", "! Operation `format(%d)` not supported on type `string`"),
    ("'{} {x!r} {{}}'.format(1, x = 'a'), '{1}{0}'.format('a', 'b')", "1 \"a\" {} ba"),
    ("'{} {1}'.format(1, 2)", "! Cannot mix manual field specification and automatic field numbering in format string"),
    ("{1: 2}.get(3, 4), {1: 2}.keys(), {1: 2}.items(), {1: 2}.pop(1), {}.setdefault('a', 1)", "4 [1] [(1, 2)] 2 1"),
    ("{1: 2}.pop(3)", "! Key `3` not found in dictionary `{1: 2}`"),
    ("[1, 2].pop(), [3, 4].index(4), [1, 2].pop(0)", "2 1 1"),
    ("[1].remove(3)", "! Element '3' not found in list '[1]'"),
    // What there is not.
    ("float('1')", "! Variable `float` not found"),
    ("{1, 2}", "! Parse error: unexpected symbol ',', expected symbol ':'"),
    ("x is y", "! Parse error: cannot use reserved keyword `is`"),
    ("1 / 2", "! Parse error: `/` makes floating point numbers, which are not available in rule files"),
];

#[test]
fn expressions_have_the_values_of_the_language() {
    let found: Vec<(&str, String)> = EXPRESSIONS.iter().map(|(expression, _)| (*expression, shown(expression))).collect();
    let wanted: Vec<(&str, String)> = EXPRESSIONS.iter().map(|(expression, value)| (*expression, (*value).to_owned())).collect();
    assert_eq!(found, wanted);
}

/// Statements, and what is said when they are done or fail.
const STATEMENTS: &[(&str, &str)] = &[
    ("a, (b, c), [d] = 1, (2, 3), [4]\nfail(a, b, c, d)", "fail: 1 2 3 4"),
    ("a, b = 1, 2\na, b = b, a\nfail(a, b)", "fail: 2 1"),
    ("a, b = [1]", "Unpacked 1 values but expected 2"),
    ("x = [1]\ny = x\ny += [2]\ny = y + [3]\nfail(x, y)", "fail: [1, 2] [1, 2, 3]"),
    ("x = {'a': [1]}\nx['a'] += [2]\nx |= {'b': 3}\nfail(x)", "fail: {\"a\": [1, 2], \"b\": 3}"),
    ("x = 5\nx -= 1\nx *= 3\nx //= 2\nx %= 4\nx <<= 3\nx |= 1\nx ^= 3\nx &= 30\nx >>= 1\nfail(x)", "fail: 9"),
    ("x = [1, 2]\nx[-1] = 9\nx[0] *= 5\nfail(x)", "fail: [5, 9]"),
    ("x = (1,)\nx[0] = 2", "Immutable"),
    ("1 = 2", "left-hand-side of assignment must take the form `a`, `a.b` or `a[b]`"),
    ("x = 1,\na, = x\nfor b, in [x]: fail(x, a, b)", "fail: (1,) 1 1"),
    ("for i in range(9):\n  if i == 1: continue\n  elif i == 3: break\n  else: x = i\nfail(x, i)", "fail: 2 3"),
    ("x = [1]\nfor y in x:\n  x.append(2)", "This operation mutate an iterable for an iterator while iterating."),
    ("x = [1]\nfor y in x:\n  pass\nx.append(2)\nfail(x)", "fail: [1, 2]"),
    ("break", "`break` cannot be used outside of a `for` loop"),
    ("return 1", "`return` cannot be used outside of a `def` function"),
    (
        "def f(a, b = 2, *r, c, d = 4, **k):\n  return [a, b, r, c, d, k]\nfail(f(1, 5, 6, c = 3, e = 7))",
        "fail: [1, 5, (6,), 3, 4, {\"e\": 7}]",
    ),
    ("def f():\n  for i in range(5):\n    for j in range(5):\n      if j == 2: return (i, j)\nfail(f())", "fail: (0, 2)"),
    ("def f(n):\n  def g(m): return n * m\n  return g\nfail(f(3)(4))", "fail: 12"),
    ("def f(n): return 1 if n == 0 else n * f(n - 1)\nfail(f(10))", "fail: 3628800"),
    ("def f(x = []):\n  x.append(1)\n  return x\nf()\nfail(f())", "fail: [1, 1]"),
    ("x = 1\ndef f():\n  x += 1\nf()", "Local variable `x` referenced before assignment"),
    ("y = 5\nx = [y for y in [1]]\nfail(y)", "fail: 5"),
    ("x = [y for y in [1]]\nz = y", "Variable `y` not found"),
    ("def f(): return nowhere", "Variable `nowhere` not found"),
    ("if False:\n  z = 1\nfail(z)", "Local variable `z` referenced before assignment"),
    ("def f(a, a): pass", "duplicated parameter name"),
    ("def f(a = 1, b): pass", "positional parameter after non positional"),
    ("len(a = 1, a = 2)", "repeated named argument"),
    ("len(*[], 1)", "positional argument after non positional"),
    (
        "def f(x: list[str]) -> int: return 1\nf([1])",
        "Value `[1]` of type `list` does not match the type annotation `list[str]` for argument `x`",
    ),
    ("def f() -> int: return 'a'\nf()", "Value `a` of type `string` does not match the type annotation `int` for return type"),
    ("x: int | None = 'a'", "Value `a` of type `string` does not match the type annotation `int | None` for return type"),
    ("x: callable = 1", "`callable` is no type that rule files know"),
    ("if 1:\n  x = 1\n   y = 2", "Parse error: unexpected new indentation block, expected expression"),
    ("if 1:\n  x = 1\n y = 2", "Parse error: incorrect indentation"),
    ("if 1:\n\tx = 1", "Parse error: tabs are not allowed"),
    ("if 1:\n\n  # c\n  x = 1\n# d\n\n  y = 2; z = [\n3]\r\nfail(x, y, z)", "fail: 1 2 [3]"),
    ("while True: pass", "Parse error: cannot use reserved keyword `while`"),
    ("def f():\n  load(\"a\", \"b\")", "`load` must only occur at the top of a module"),
];

#[test]
fn statements_do_what_the_language_says() {
    let found: Vec<(&str, String)> = STATEMENTS.iter().map(|(source, _)| (*source, told(source))).collect();
    let wanted: Vec<(&str, String)> = STATEMENTS.iter().map(|(source, text)| (*source, (*text).to_owned())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn a_piece_of_several_lines_is_marked_from_its_beginning_to_its_end() {
    let error = try_policy("def f():\n    return [1,\n      2][\n     7]\n\nx = [f()\n]\n").unwrap_err();
    let wanted = concat!(
        "starlark error: Traceback (most recent call last):\n",
        "  * my.rules:6, in <module>\n",
        "      x = [f()\n",
        "error: Index `7` is out of bound\n",
        " --> my.rules:2:12\n",
        "  |\n",
        "2 |       return [1,\n",
        "  |  ____________^\n",
        "3 | |       2][\n",
        "4 | |      7]\n",
        "  | |_______^\n",
        "  |\n",
    );
    assert_eq!(error, wanted);
}

/// A value as it would be written.
fn literal(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("None".to_owned()),
        Just("True".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        any::<i64>().prop_filter("written with a sign in front", |number| *number != i64::MIN).prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap().replace('\u{7f}', "\\x7f")),
    ];
    leaf.prop_recursive(depth, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| match &all[..] {
                [only] => format!("({only},)"),
                all => format!("({})", all.join(", ")),
            }),
            inner.prop_map(|value| format!("{{\"k\": {value}}}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_and_is_written_the_same(value in literal(4)) {
        let source = format!("x = {value}\nfail(repr(x))");
        let first = told(&source);
        let written = first.strip_prefix("fail: ").unwrap();
        prop_assert!(written.is_ascii());
        policy(&format!("if {value} != {written}:\n  fail()"));
        prop_assert_eq!(told(&format!("fail(repr({written}))")), first.clone());
    }

    #[test]
    fn the_same_text_always_has_the_same_result(parts in prop::collection::vec(prop::sample::select(STATEMENT_PARTS), 0..12)) {
        let source = parts.join("\n");
        prop_assert_eq!(try_policy(&source).err(), try_policy(&source).err());
    }

    #[test]
    fn arithmetic_is_exact_or_an_error(a in any::<i64>(), b in any::<i64>()) {
        for (sign, exact) in [("+", a.checked_add(b)), ("-", a.checked_sub(b)), ("*", a.checked_mul(b))] {
            let found = told(&format!("a = int(\"{a}\")\nb = int(\"{b}\")\nfail(a {sign} b)"));
            let wanted = exact.map_or("Integer overflow: numbers of rule files have 64 bits".to_owned(), |exact| format!("fail: {exact}"));
            prop_assert_eq!(found, wanted);
        }
        if b != 0 && (a, b) != (i64::MIN, -1) {
            let (wide_a, wide_b) = (i128::from(a), i128::from(b));
            let inexact = wide_a % wide_b != 0 && (a < 0) != (b < 0);
            let floor = wide_a / wide_b - i128::from(inexact);
            let found = told(&format!("a = int(\"{a}\")\nb = int(\"{b}\")\nfail(a // b, a % b)"));
            prop_assert_eq!(found, format!("fail: {floor} {}", wide_a - floor * wide_b));
        }
    }

    #[test]
    fn slices_take_what_a_walk_takes(items in prop::collection::vec(0..100_i64, 0..8), start in -10..10_i64, stop in -10..10_i64, step in -4..4_i64) {
        prop_assume!(step != 0);
        let length = i64::try_from(items.len()).unwrap();
        let bound = |at: i64| if at < 0 { (at + length).max(if step < 0 { -1 } else { 0 }) } else { at.min(if step < 0 { length - 1 } else { length }) };
        let (mut at, end, mut wanted) = (bound(start), bound(stop), Vec::new());
        while if step > 0 { at < end } else { at > end } {
            wanted.push(items[usize::try_from(at).unwrap()]);
            at += step;
        }
        let source = format!("x = {items:?}\nfail(x[{start}:{stop}:{step}], [x[i] for i in range({length})[{start}:{stop}:{step}]])");
        prop_assert_eq!(told(&source), format!("fail: {wanted:?} {wanted:?}"));
    }
}

/// Lines of which something like a file is made.
const STATEMENT_PARTS: &[&str] = &[
    "x = 1",
    "y = {\"a\": [1], \"b\": (2,)}",
    "x = [x, y]",
    "for k in y:\n  prefix_rule([k])",
    "def f(a, b = 3):\n  return [a, b] + [c for c in range(3)]",
    "x = f(x)",
    "y = dict(y, c = x)",
    "z = sorted(y)",
    "z = str(y).split(\",\")",
    "prefix_rule(z)",
    "fail(x, y)",
    "x += y",
    "if x == y: prefix_rule([\"d\"], \"nope\")",
    "g = lambda *a, **k: f(*a, **k)",
    "x = g(1, b = y)",
];

#[test]
fn what_files_leave_behind_is_theirs_alone() {
    // Nothing of one file is seen by the next one.
    let mut policy = Policy::default();
    policy.add_source("a.rules".as_ref(), codex_execpolicy::Scope::User, "x = [\"a\"]\nlen = 3\nprefix_rule(x)").unwrap();
    let error = policy.add_source("b.rules".as_ref(), codex_execpolicy::Scope::User, "prefix_rule(x)").unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("Variable `x` not found"));
    policy.add_source("c.rules".as_ref(), codex_execpolicy::Scope::User, "prefix_rule([str(len([1]))])").unwrap();
    assert_eq!(policy.prefix_rules().len(), 2);
}
