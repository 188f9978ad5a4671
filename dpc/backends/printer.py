"""Python's syntax as text, laid out as `ruff format` would.

astunparse knows every node of the grammar and how it is written; its subclasses add
what a reader wants: parentheses only where they bind, comments, spaces that show
precedence, and lines of at most 88 columns.
"""

from __future__ import annotations

import inspect

import gast

from dpc.backends.inline import Inline, level_of
from dpc.backends.layout import LIMIT, Layout
from dpc.backends.marks import BlankLine, Docstring
from dpc.backends.operators import CHOICE, SIGNS


class Printer(Inline):
    """Writes a module. `text` is what has been written."""

    def __init__(self, tree: gast.AST) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.future_imports: list[str] = []
        self._indent = 0
        self.layout = Layout(self.flat, level_of)
        self.dispatch(tree)
        self._end_line()

    @property
    def text(self) -> str:
        """The module's text."""
        return "\n".join(self.lines).strip("\n") + "\n"

    def fill(self, text: str = "") -> None:
        """Begin a line."""
        self._end_line()
        self.line = ["    " * self._indent, text]

    def _end_line(self) -> None:
        self.lines.append("".join(self.line).rstrip())
        self.line = []

    # Statements

    def _say(self, before: str, node: gast.AST, after: str = "") -> None:
        """A line with an expression; in several lines if it is too long."""
        self.fill(before)
        if isinstance(node, gast.Tuple) and len(node.elts) > 1 and not after:
            self._bare(node)  # It needs no parentheses here.
        else:
            self.dispatch(node)
        self.write(after)
        if sum(map(len, self.line)) > LIMIT:
            indent = 4 * self._indent
            laid_out = self.layout.statement(before, node, after, indent)
            self.line = ["    " * self._indent, laid_out]

    def _suite(self, body: list[gast.AST], level: int = 1) -> None:
        """The lines of a block, definitions apart from what stands beside them."""
        self._indent += level
        apart = False
        for place, line in enumerate(body):
            defines = isinstance(line, gast.FunctionDef)
            if place and (defines or apart):
                self._end_line()
            self.dispatch(line)
            apart = defines
        self._indent -= level

    def _target(self, node: gast.AST) -> str:
        shown = self.flat(node)
        bare = isinstance(node, gast.Tuple) and len(node.elts) > 1
        return shown[1:-1] if bare else shown

    def _Expr(self, t: gast.Expr) -> None:
        value = t.value
        if isinstance(value, gast.Constant) and isinstance(value.value, str):
            self._Docstring(Docstring(inspect.cleandoc(value.value)))
        else:
            self._say("", value)

    def _Assign(self, t: gast.Assign) -> None:
        self._say("".join(f"{self._target(n)} = " for n in t.targets), t.value)

    def _AugAssign(self, t: gast.AugAssign) -> None:
        self._say(f"{self.flat(t.target)} {SIGNS[type(t.op).__name__]}= ", t.value)

    def _AnnAssign(self, t: gast.AnnAssign) -> None:
        if t.value is not None:
            self._say(f"{self.flat(t.target)} = ", t.value)

    def _Return(self, t: gast.Return) -> None:
        if t.value is None:
            self.fill("return")
        else:
            self._say("return ", t.value)

    def _If(self, t: gast.If, word: str = "if ") -> None:
        self._say(word, t.test, ":")
        self._suite(t.body)
        if len(t.orelse) == 1 and isinstance(t.orelse[0], gast.If):
            self._If(t.orelse[0], "elif ")
        elif t.orelse:
            self.fill("else:")
            self._suite(t.orelse)

    def _While(self, t: gast.While) -> None:
        self._say("while ", t.test, ":")
        self._suite(t.body)
        self._otherwise(t)

    def _For(self, t: gast.For) -> None:
        self.fill(f"for {self._target(t.target)} in ")
        self.operand(t.iter, CHOICE)
        self.write(":")
        if sum(map(len, self.line)) > LIMIT:
            shown = self.layout.loop(t.target, t.iter, 4 * self._indent)
            self.line = ["    " * self._indent, shown]
        self._suite(t.body)
        self._otherwise(t)

    def _otherwise(self, t: gast.For | gast.While) -> None:
        if t.orelse:
            self.fill("else:")
            self._suite(t.orelse)

    def _FunctionDef(self, t: gast.FunctionDef) -> None:
        params = self._parameters(t.args)
        self.fill(f"def {t.name}({', '.join(params)}):")
        if sum(map(len, self.line)) > LIMIT:
            shown = self.layout.definition(f"def {t.name}", params, 4 * self._indent)
            self.line = ["    " * self._indent, shown]
        self._suite(t.body)

    def _ClassDef(self, t: gast.ClassDef) -> None:
        bases = ", ".join(map(self.flat, t.bases))
        self.fill(f"class {t.name}({bases}):" if bases else f"class {t.name}:")
        body = list(t.body)
        if gast.get_docstring(t, clean=False) is not None and len(body) > 1:
            body.insert(1, BlankLine())
        self._suite(body)

    def _CommentLine(self, t: gast.AST) -> None:
        room = LIMIT - 4 * self._indent - len("# ")
        text = t.text if len(t.text) <= room else t.text[: room - 4].rstrip() + " ..."
        self.fill(f"# {text}")

    def _BlankLine(self, t: gast.AST) -> None:
        self._end_line()

    def _Docstring(self, t: gast.AST) -> None:
        first, *rest = t.text.split("\n")
        self.fill(f'"""{first}')
        for line in rest:
            self.fill(line)
        if rest:
            self.fill()
        self.write('"""')

    def _Verbatim(self, t: gast.AST) -> None:
        for line in t.text.split("\n"):
            self.fill(line)
