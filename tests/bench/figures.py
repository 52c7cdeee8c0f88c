"""What a row of the bench gives: figures with their samples, what they are measured beside, and a goal."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal, Self

from tests.bench.place import Place

Kind = Literal["ratio_at_least", "at_most"]
_NO_SPREAD: Final = 1


@dataclass(frozen=True, slots=True)
class Goal:
    """``ratio_at_least``: ours / beside, pair by pair, median. ``at_most``: our median, in the figure's unit."""

    kind: Kind
    bound: float

    def __str__(self) -> str:
        return f"ratio ≥ {self.bound:g}" if self.kind == "ratio_at_least" else f"≤ {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line. ``ours[n]`` and ``beside[n]`` were measured one right after the other."""

    what: str
    unit: str
    ours: Sequence[float]
    beside: Sequence[float] = ()
    goal: Goal | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours to beside, pair by pair; none where nothing stands beside."""
        return [own / other for own, other in zip(self.ours, self.beside, strict=bool(self.beside)) if other]

    @property
    def is_met(self) -> bool | None:
        """None: there is no goal."""
        if self.goal is None:
            return None
        if self.goal.kind == "at_most":
            return median(self.ours) <= self.goal.bound
        return median(self.ratios) >= self.goal.bound

    def to_json(self) -> dict[str, Any]:
        goal = None if self.goal is None else {"kind": self.goal.kind, "bound": self.goal.bound}
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": list(self.ours),
            "beside": list(self.beside),
            "goal": goal,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        goal = None if kept["goal"] is None else Goal(kept["goal"]["kind"], kept["goal"]["bound"])
        return cls(kept["what"], kept["unit"], kept["ours"], kept["beside"], goal, kept["note"])

    def line(self) -> str:
        """For a terminal."""
        parts = [f"{self.what}: {spread(self.ours)} {self.unit}"]
        if self.beside:
            parts.append(f"beside {spread(self.beside)}, ratio {spread(self.ratios)}")
        if self.goal is not None:
            parts.append(f"goal {self.goal}: {'met' if self.is_met else 'NOT MET'}")
        return "; ".join(parts)


Measure = Callable[[Place], Coroutine[Any, Any, Sequence[Figure]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the issue's table. A module of this folder lists its own in ``ROWS``."""

    name: str
    """What ``make bench ONLY=`` calls it."""
    work: str
    beside: str
    goal: str
    method: str
    """How it is measured, for the page."""
    findings: str = ""
    """Where the time goes, and what falls short and why: written by whoever profiled it."""
    measure: Measure


def spread(samples: Sequence[float]) -> str:
    """Median, and in brackets lowest and highest."""
    middle = shown(median(samples))
    return middle if len(samples) <= _NO_SPREAD else f"{middle} ({shown(min(samples))}–{shown(max(samples))})"


def shown(value: float) -> str:
    """Two or three figures that mean something, never in powers of ten."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if magnitude >= 10 else f"{value:.2f}" if magnitude >= 0.1 else f"{value:.3f}"
