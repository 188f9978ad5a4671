"""The language as a table: what is accepted, what is not, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Construct:
    """One row of the table.

    keys: names of node classes, `Delete:` and `Call:` with the name they apply to.
    example: a function body that holds the construct.
    title, label: the message for a construct that is not accepted.
    hint: the rewrite; names in braces are filled from the node, see `_fillings`.
    caret_on_keyword: mark only the keyword, not the statements below it.
    """

    keys: tuple[str, ...]
    name: str
    example: str
    status: Status = Status.ACCEPTED
    title: str = ""
    label: str = ""
    hint: str = ""
    caret_on_keyword: bool = False


_REFUSED, _NOT_YET = Status.REFUSED, Status.NOT_YET


def _yes(name: str, example: str, *keys: str) -> Construct:
    return Construct(keys, name, example)


def _no(
    status: Status,
    *keys: str,
    name: str,
    example: str,
    title: str,
    label: str,
    hint: str,
    caret_on_keyword: bool = False,
) -> Construct:
    return Construct(keys, name, example, status, title, label, hint, caret_on_keyword)


CONSTRUCTS: tuple[Construct, ...] = (
    _yes(
        "assignment, unpacking, annotated assignment, walrus",
        "a, (b, *c) = x\nd: float = (e := b)",
        *("Assign", "AnnAssign", "NamedExpr", "Starred", "Name", "Param", "Store"),
    ),
    _yes(
        "subscripts, slices and attributes, read and stored",
        "x[1:, None] = x.T[..., ::2]",
        *("Subscript", "Slice", "Attribute", "Load", "Index", "ExtSlice"),
    ),
    _yes("augmented assignment", "x[0] += 1", "AugAssign"),
    _yes(
        "`if`, conditional expression, `and`, `or`, `not`, comparison",
        "if not 0 < x or x is None:\n    x = 1 if x in y else 2",
        *("If", "IfExp", "BoolOp", "And", "Or", "Not", "Compare", "Eq", "NotEq", "Lt"),
        *("LtE", "Gt", "GtE", "Is", "IsNot", "In", "NotIn"),
    ),
    _yes(
        "`for` and `while` with `break`, `continue`, `else`",
        "for i in x:\n    while i:\n        break\n    else:\n        continue",
        *("For", "While", "Break", "Continue", "Pass"),
    ),
    _yes("`return`, anywhere", "return x", "Return"),
    _yes(
        "arithmetic and bit operators",
        "-x + x - x * x / x // x % x ** x @ x",
        *("BinOp", "UnaryOp", "Add", "Sub", "Mult", "Div", "FloorDiv", "Mod", "Pow"),
        *("MatMult", "UAdd", "USub", "Invert", "BitAnd", "BitOr", "BitXor", "LShift"),
        "RShift",
    ),
    _yes(
        "calls with positional, keyword and starred arguments",
        "f(x, *x, k=x, **y)",
        *("Call", "keyword", "Expr"),
    ),
    _yes(
        "nested functions and lambdas",
        "def g(a, *b, c=1, **d):\n    return lambda e: a",
        *("FunctionDef", "Lambda", "arguments"),
    ),
    _yes(
        "literals and f-strings",
        'x = [1, (2,), {"k": 3}, {4}, f"{x:.2f}"]',
        *("Constant", "List", "Tuple", "Dict", "Set", "JoinedStr", "FormattedValue"),
    ),
    _yes(
        "list and dict comprehensions, generator expressions",
        "x = [a for a in x if a], {k: v for k, v in y}, sum(a for a in x)",
        *("ListComp", "DictComp", "GeneratorExp", "comprehension"),
    ),
    _yes("`with`", "with f() as g:\n    x = g", "With", "withitem"),
    _yes("`assert` and `raise`", "assert x\nraise ValueError(x)", "Assert", "Raise"),
    _no(
        _NOT_YET,
        *("Match", "match_case", "MatchValue", "MatchSingleton", "MatchSequence"),
        *("MatchMapping", "MatchClass", "MatchStar", "MatchAs", "MatchOr"),
        name="`match`",
        example="match x:\n    case 0:\n        y = 1",
        title="`match` cannot be differentiated yet",
        label="not yet part of the language",
        hint="write the cases as tests:\n"
        "if {subject} == {first}:\n    ...\nelse:\n    ...",
        caret_on_keyword=True,
    ),
    _no(
        _NOT_YET,
        "SetComp",
        name="set comprehension",
        example="x = {a * a for a in x}",
        title="a set comprehension cannot be differentiated yet",
        label="not yet part of the language",
        hint="write a list, which keeps duplicates: [{inner}]",
    ),
    _no(
        _NOT_YET,
        "Nonlocal",
        name="`nonlocal`",
        example="nonlocal total",
        title="`nonlocal` cannot be differentiated yet",
        label="not yet part of the language",
        hint="pass `{names}` to the inner function and return the new value:\n"
        "def step({names}, ...):\n    ...\n    return {names}\n\n"
        "{names} = step({names}, ...)",
    ),
    _no(
        _REFUSED,
        *("Try", "TryStar", "ExceptHandler"),
        name="`try`",
        example="try:\n    y = x\nexcept ValueError:\n    y = 0",
        title="`try` cannot be differentiated",
        label="which statements run is not visible in the source",
        hint="test for the case before it fails:\n"
        "if x > 0:\n    y = np.log(x)\nelse:\n    y = 0.0",
        caret_on_keyword=True,
    ),
    _no(
        _REFUSED,
        *("Yield", "YieldFrom"),
        name="`yield`",
        example="yield x",
        title="a generator function cannot be differentiated",
        label="hands out values one at a time",
        hint="collect the values in a list and return it:\n"
        "values = []\n...\nvalues.{collect}({value})\n...\nreturn values",
    ),
    _no(
        _REFUSED,
        *("AsyncFunctionDef", "AsyncFor", "AsyncWith", "Await"),
        name="`async`, `await`",
        example="y = (a async for a in x)",
        title="asynchronous code cannot be differentiated",
        label="runs at times that the source does not fix",
        hint="write an ordinary function, and await its inputs before calling it",
        caret_on_keyword=True,
    ),
    _no(
        _REFUSED,
        "Global",
        name="`global`",
        example="global count",
        title="a global cannot be written in a differentiated function",
        label="changes what lies outside the function",
        hint="take `{names}` as a parameter and return it; reading needs no statement",
    ),
    _no(
        _REFUSED,
        "Delete:Name",
        name="`del` of a name",
        example="del x",
        title="a name cannot be deleted in a differentiated function",
        label="its value is needed for the derivative",
        hint="leave the statement out: names are dropped when the function returns",
    ),
    _no(
        _REFUSED,
        "Delete:Subscript",
        name="`del` of an element",
        example="del x[0]",
        title="an element cannot be deleted in a differentiated function",
        label="its value is needed for the derivative",
        hint="take it out of the list: {value}.pop({index})",
    ),
    _no(
        _REFUSED,
        "Delete:Slice",
        name="`del` of a slice",
        example="del x[1:3]",
        title="elements cannot be deleted in a differentiated function",
        label="their values are needed for the derivative",
        hint="join what is kept: {value} = {value}[:start] + {value}[stop:]",
    ),
    _no(
        _REFUSED,
        *("Delete:Attribute", "Delete:Tuple", "Delete:List", "Del"),
        name="`del` of an attribute",
        example="del x.y",
        title="an attribute cannot be deleted in a differentiated function",
        label="its value is needed for the derivative",
        hint="leave the statement out, or delete it after the call",
    ),
    _no(
        _REFUSED,
        *("Call:eval", "Call:exec", "Call:compile"),
        name="`eval`, `exec`, `compile`",
        example='y = eval("x + 1")',
        title="code that is made while the function runs cannot be differentiated",
        label="not visible in the source",
        hint="write the code itself, or choose between functions by name:\n"
        'formulas = {"square": lambda x: x * x}\ny = formulas[name](x)',
    ),
    _no(
        _REFUSED,
        *("Call:globals", "Call:locals"),
        name="`globals`, `locals`",
        example="y = locals()",
        title="the table of all names cannot be used in a differentiated function",
        label="which names it reads is not visible in the source",
        hint='write the names that are needed: {"x": x, "y": y}',
    ),
    _no(
        _REFUSED,
        *("Import", "ImportFrom", "alias", "Call:__import__"),
        name="`import` in a function",
        example="import numpy",
        title="a module cannot be imported in a differentiated function",
        label="has to be known before the function runs",
        hint="move it to the top of the file",
    ),
    _no(
        _REFUSED,
        "ClassDef",
        name="`class` in a function",
        example="class A:\n    y = x",
        title="a class cannot be defined in a differentiated function",
        label="a new class at every call",
        hint="move the class to the top of the file and construct it here",
        caret_on_keyword=True,
    ),
    _no(
        _REFUSED,
        *("TypeAlias", "TypeVar", "TypeVarTuple", "ParamSpec"),
        name="type alias, type parameters",
        example="type Number = float",
        title="types cannot be declared in a differentiated function",
        label="has no value",
        hint="move the declaration to the top of the file, or leave it out",
    ),
    _no(
        _REFUSED,
        *("TemplateStr", "Interpolation"),
        name="template string",
        example='y = t"{x}"',
        title="a template string cannot be used in a differentiated function",
        label="keeps references to values",
        hint="write an f-string",
    ),
)

UNKNOWN = _no(
    _REFUSED,
    name="any other syntax",
    example="",
    title="this syntax is not known to dpc",
    label="newer than this version",
    hint="write it with older syntax",
)
