"""Rows of the tables with the settings of this installation filled in: amounts, articles, alarms, open questions."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from contracts.errors import BadInput
from contracts.law.rows import SETTING_MARK, ClockRow, Dated, Document
from contracts.law.settings import LawSettings
from contracts.law.source import Entry

D = TypeVar("D", bound=Dated)

ROLLING: Final = "state_limits_roll"
"""The setting that moves the last day of a state body's limit off a day off; a citizen's always moves."""


def settled(entry: Entry[D], settings: LawSettings, documents: Mapping[str, Document]) -> Entry[D]:
    """The entry as it counts here. Errors: BadInput("law_data_broken") for a setting that does not exist or fit."""
    row = entry.row
    try:
        articles = tuple(_article(article, settings) for article in row.articles)
        cited = (documents.get(article.partition(" ")[0]) for article in articles)
        names = tuple(dict.fromkeys((*row.setting_names, *(name for one in cited if one for name in one.settings))))
        update: dict[str, Any] = {
            "articles": articles,
            "settings": names,
            "question": _question(row.question, names, settings),
            "confidence": "U" if _is_doubted(names, row, settings) else row.confidence,
        }
        if isinstance(row, ClockRow):
            update |= _of_clock(row, settings)
    except BadInput as error:
        raise entry.broken(error.sentence) from error
    return Entry(row.model_copy(update=update), entry.file, entry.line)


def _article(article: str, settings: LawSettings) -> str:
    return settings.article(article.removeprefix(SETTING_MARK)) if article.startswith(SETTING_MARK) else article


def _question(own: str, names: Iterable[str], settings: LawSettings) -> str:
    """The row's own question and those of its settings that nobody has answered."""
    asked = (own, *(settings.row(name).open_question for name in names))
    return "; ".join(dict.fromkeys(question for question in asked if question))


def _is_doubted(names: Iterable[str], row: Dated, settings: LawSettings) -> bool:
    """A row rests on what ``settings`` of it, or of a document it cites, claim; an alarm's switch claims nothing."""
    alarm = row.alarm_also.only_if if isinstance(row, ClockRow) and row.alarm_also else ""
    claims = (name for name in names if name != alarm and settings.row(name).kind == "yes_no")
    return any(not settings.is_on(name) for name in claims)


def _of_clock(row: ClockRow, settings: LawSettings) -> dict[str, Any]:
    update: dict[str, Any] = {"rolls": row.rolls and (row.actor.is_private or settings.is_on(ROLLING))}
    if row.amount_setting:
        update["amount"] = settings.number(row.amount_setting)
        unit = settings.row(row.amount_setting).unit
        if unit != row.unit:
            raise BadInput("wrong_setting", f"Công tắc “{row.amount_setting}” tính theo {unit}, không phải {row.unit}.")
    if row.alarm_also and row.alarm_also.only_if and not settings.is_on(row.alarm_also.only_if):
        update["alarm_also"] = None
    return update
