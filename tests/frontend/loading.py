"""Ways in which functions come into being, for the tests that read them."""

import ast
import importlib.util
import linecache
import textwrap

import gast

from dpc.frontend.read import read


def load(path, name="subjects_of_a_test"):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(f):
    """The definition of f as dpc reads it, printed."""
    return ast.unparse(gast.gast_to_ast(read(f).tree))


def cell(source, filename="<ipython-input-1-abcdef>", flags=0):
    """Define functions as a notebook does: the text is known to linecache only."""
    source = textwrap.dedent(source)
    entry = (len(source), None, source.splitlines(True), filename)
    linecache.cache[filename] = entry
    space = {}
    exec(compile(source, filename, "exec", flags, dont_inherit=True), space)
    return space
