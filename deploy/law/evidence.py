"""Which tests speak of a case, a rule or a clock: found in their names, their tables and what they assert."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CASE_IN_NAME: Final = re.compile(r"(?<![a-z0-9])([cdef][0-9]{2}b?)(?=_)")
_ID: Final = re.compile(r"""(?<=['"])[A-Z]{1,2}[0-9]{1,2}[a-z]?(?=['"])""")
_COMPOUND: Final = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.If, ast.Try, ast.While)
_Function: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """One test function, by its file (from the root of the repository) and name."""

    file: str
    name: str

    @property
    def title(self) -> str:
        """The name as a sentence."""
        return self.name.removeprefix("test_").replace("_", " ")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """The ids that a test says, by what it calls them."""

    in_name: frozenset[str]
    as_rule: frozenset[str]
    otherwise: frozenset[str]


class Evidence:
    """What the tests below some folders speak of."""

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        self._spoken: dict[Proof, _Spoken] = {}
        for file in files:
            name = file.relative_to(root).as_posix()
            for test, texts in _tests_of(ast.parse(file.read_text(encoding="utf-8"))):
                self._spoken[Proof(name, test)] = _spoken(test, texts)

    def of_case(self, case_id: str) -> list[Proof]:
        """The tests that carry the case's id in their name or in a table of theirs."""
        return self._where(
            lambda said: case_id in said.as_rule | said.otherwise or case_id.lower() in said.in_name,
        )

    def of_rule(self, rule_id: str, clock_ids: Iterable[str]) -> list[Proof]:
        """The tests that name the rule; where a clock has the same name, those that call it a rule."""
        is_shared = rule_id in set(clock_ids)
        return self._where(
            lambda said: rule_id in said.as_rule or (not is_shared and rule_id in said.otherwise),
        )

    def of_clock(self, clock_id: str) -> list[Proof]:
        """The tests that name the clock and do not call it a rule."""
        return self._where(lambda said: clock_id in said.otherwise)

    def _where(self, speaks: Callable[[_Spoken], bool]) -> list[Proof]:
        return sorted(proof for proof, said in self._spoken.items() if speaks(said))


def _spoken(test: str, texts: Iterable[str]) -> _Spoken:
    as_rule: set[str] = set()
    otherwise: set[str] = set()
    for text in texts:
        (as_rule if "rule" in text else otherwise).update(_ID.findall(text))
    return _Spoken(frozenset(_CASE_IN_NAME.findall(test)), frozenset(as_rule), frozenset(otherwise))


def _tests_of(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Each test with the source of its statements, its decorators and the tables of the module it uses."""
    tables = {
        target.id: ast.unparse(node)
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, _Function) and node.name.startswith("test_"):
            texts = [*map(ast.unparse, node.decorator_list), *_statements(node.body)]
            used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            yield node.name, [*texts, *(tables[name] for name in sorted(used & tables.keys()))]


def _statements(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, _COMPOUND):
            yield from _statements(part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt))
            yield from (ast.unparse(part) for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr))
        else:
            yield ast.unparse(statement)
