"""The chapter of ``docs/law.md`` on forms: days, articles and words of each, and the names they may use."""

from collections.abc import Callable, Sequence
from typing import Final

from contracts.law.catalogue import Catalogue
from contracts.law.forms import NAMES, Forms
from contracts.law.rows import Dated

_HEAD: Final = ("Mẫu", "Tên loại, số mẫu", "Hiệu lực", "Căn cứ", "Độ tin cậy, câu hỏi", "Lời văn")


def forms_chapter(
    catalogue: Catalogue,
    *,
    table: Callable[[Sequence[str], Sequence[Sequence[str]]], str],
    period: Callable[[Dated], str],
    articles: Callable[[Dated, Catalogue], str],
    confidence: Callable[[Dated], str],
) -> str:
    """The chapter, in the manner of the others. Errors: BadInput("law_data_broken")."""
    forms = Forms.load(catalogue.documents, catalogue.settings)
    rows = [
        [
            row.id.label if row is rows_of_id[0] else "",
            f"**{row.title}**" + (f"<br>{row.number}" if row.number else ""),
            period(row),
            articles(row, catalogue),
            confidence(row),
            f"`{row.wording}`",
        ]
        for form in forms.ids
        for rows_of_id in [forms.rows_of(form)]
        for row in rows_of_id
    ]
    names = [[f"`{{{name}}}`", meaning] for name, meaning in sorted(NAMES.items())]
    return (
        "## Mẫu văn bản / Forms\n\nBảng và lời văn: `contracts/law/data/forms.toml`. Xem từng mẫu đã điền:"
        " `make papers`.\n\n"
        + table(_HEAD, rows)
        + "\n\nCác tên được dùng trong lời văn:\n\n"
        + table(("Tên", "Ý nghĩa"), names)
    )
