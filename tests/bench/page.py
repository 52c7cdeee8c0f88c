"""docs/performance.md, from the kept figures and the rows' own words."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.bench import kept
from tests.bench.figures import Figure, Row, shown, spread

PATH: Final = Path("docs/performance.md").resolve()
_ENGINES: Final = {
    "embedded": "embedded engines: SQLite (WAL, synchronous=FULL), librdkafka's built-in cluster, a folder",
    "real": "real engines: Apache Kafka, MinIO, a MongoDB-wire engine (mongo-java-server on H2, own indexes)",
}
_HEAD: Final = """# What the guarantees cost

Written by `make bench` from [performance.json](performance.json); do not edit by hand. `make bench ONLY=<row>`
measures one row again and leaves the others as they were; every table says when it was measured.

How all rows are measured:

- A figure is the median of five measurements, with the lowest and the highest in brackets.
- Side by side: product and baseline alternate in the same run, each beginning every other time; the ratio is the
  median of the five ratios of neighbours, so that a machine that slows down for both changes nothing.
- Client, service and engines **share the same cores**: on machines of their own both sides would be faster.
- *Load before* is how many processes wanted a core in the minute before: where the machine was shared, what others
  did stands in the spread.
- Every process is a real one, on loopback; services run with their usual settings (one process each, TLS off).
"""


def write(rows: Sequence[Row]) -> None:
    """The page anew."""
    found = kept.load()["rows"]
    PATH.write_text("\n".join(_lines(rows, found)), encoding="utf-8")


def _lines(rows: Sequence[Row], found: Mapping[str, Any]) -> Iterable[str]:
    yield _HEAD
    yield from _summary(rows, found)
    for row in rows:
        if row.name in found:
            yield from _section(row, found[row.name])
    yield from _environment(found)


def _summary(rows: Sequence[Row], found: Mapping[str, Any]) -> Iterable[str]:
    yield from ("## Goals", "", "| row | figure | engines | measured | goal | met |", "|---|---|---|---|---|---|")
    for row in rows:
        for engines, measured in found.get(row.name, {}).items():
            for figure in map(Figure.from_json, measured["figures"]):
                if figure.goal is not None:
                    result = median(figure.ratios) if figure.goal.kind == "ratio_at_least" else median(figure.ours)
                    unit = "" if figure.goal.kind == "ratio_at_least" else f" {figure.unit}"
                    met = "yes" if figure.is_met else "**no**"
                    exact = f"{result:.3f}" if figure.goal.kind == "ratio_at_least" else shown(result)
                    measure = f"{exact}{unit} | {figure.goal}{unit}"
                    yield f"| {row.name} | {figure.what} | {engines} | {measure} | {met} |"
    yield ""


def _section(row: Row, measured: Mapping[str, Any]) -> Iterable[str]:
    yield from (f"## {row.name}: {row.work}", "", f"Beside: {row.beside or 'nothing'}. Goal: {row.goal}.", "")
    yield from (row.method.strip(), "")
    for engines, one in measured.items():
        when = f"{one['measured_at']} at {one['commit']}, in {one['took_seconds']:.0f} s"
        yield f"On {_ENGINES[engines]}. Measured {when}, load before {one['load_before']:g}:"
        yield from ("", "| figure | ours | beside | ratio | goal | met |", "|---|---|---|---|---|---|")
        yield from (_line(figure) for figure in map(Figure.from_json, one["figures"]))
        yield ""
    if row.findings:
        yield from (row.findings.strip(), "")


def _line(figure: Figure) -> str:
    beside = f"{spread(figure.beside)} {figure.unit}" if figure.beside else ""
    ratio = spread(figure.ratios) if figure.beside else ""
    met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    return f"| {what} | {spread(figure.ours)} {figure.unit} | {beside} | {ratio} | {figure.goal or ''} | {met} |"


def _environment(found: Mapping[str, Any]) -> Iterable[str]:
    """Machines and versions; usually one."""
    yield from ("## Machine and versions", "")
    by_text: dict[str, list[str]] = {}
    for row, measured in found.items():
        for engines, one in measured.items():
            said = {**one["machine"], **one["versions"]}
            by_text.setdefault(", ".join(f"{name} {value}" for name, value in said.items()), []).append(
                f"{row} ({engines})"
            )
    for text, where in by_text.items():
        yield from (f"{'; '.join(where)}:", "", text + ".", "")
