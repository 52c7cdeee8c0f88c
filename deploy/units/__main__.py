"""Writes the communes of Nghệ An from the vietnam-provinces package (a development dependency).

``python -m deploy.units`` writes the file, ``python -m deploy.units --check`` compares and says what differs.
"""

import csv
import io
import sys

from vietnam_provinces import ProvinceCode, Ward

from contracts.units.load import COMMUNE_COLUMNS, COMMUNES, DATA


def communes_csv() -> str:
    """The file as it has to be: official code with leading zeros, name with its type, by code."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COMMUNE_COLUMNS)
    rows.writerows(sorted((f"{int(ward.code):05d}", ward.name) for ward in Ward.iter_by_province(ProvinceCode.P_40)))
    return text.getvalue()


def main(arguments: list[str]) -> int:
    path = DATA / COMMUNES
    if "--check" in arguments:
        is_same = path.read_text(encoding="utf-8") == communes_csv()
        print(f"{COMMUNES}: {'as the package has it' if is_same else 'differs: run python -m deploy.units'}")
        return 0 if is_same else 1
    path.write_text(communes_csv(), encoding="utf-8")
    print(f"{path.name}: {communes_csv().count(chr(10)) - 1} communes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
