"""The tables of the law: complete, dated, and refused when they cannot be right."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from contracts.errors import BadInput, Refused
from contracts.facts.base import Article
from contracts.law.catalogue import Catalogue, official
from contracts.law.rows import Topic, Variant
from contracts.law.source import DATA_FOLDER
from contracts.law.terms import CLOCK_IDS, RULE_IDS
from contracts.vocabulary import Outcome, PetitionKind

TODAY = date(2026, 9, 7)
ROOT = Path(__file__).parents[2]
ID = re.compile(r'(?<![A-Za-z0-9_]|/)"((?:[RKT]B?|[XPD])[0-9]{1,2}[a-z]?)"')
"""An id of a clock or a rule, written in code."""
WANTED = (
    *(f"R{number}" for number in range(1, 11)),
    *("X1", "X2"),
    *(f"K{number}" for number in range(1, 16)),
    *(f"T{number}" for number in range(1, 14)),
    "D1",
)
"""domain.md §3."""
SECOND_PARTS = ("RB2", "KB8", "TB7", "TB8", "TB11", "TB13", "P1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def broken_by(folder: Path, file: str, old: str, new: str) -> BadInput:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as refused:
        Catalogue.load(folder)
    assert refused.value.facts["file"] == file
    line = int(refused.value.facts["line"])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1].startswith("[["), "the line of the entry"
    return refused.value


def test_all_rules_stand_with_articles_and_vietnamese_titles() -> None:
    catalogue = official()
    assert catalogue.rule_ids[:22] == tuple(f"R{number:02d}" for number in range(1, 23))
    assert set(catalogue.rule_ids[22:]) == {"R01a", "R01b", "R01c", "R01d", "R02a", "R07a", "R07b", "R07c", "R22a"}
    assert set(catalogue.rule_ids) == set(RULE_IDS), "the rules that the matrix asks for, and no other"
    for rule_id in catalogue.rule_ids:
        rule = catalogue.rule(rule_id, TODAY)
        assert rule.title
        assert all(catalogue.cite(article).startswith("Điều ") for article in rule.articles)


@pytest.mark.parametrize("clock", [*WANTED, *SECOND_PARTS])
def test_every_clock_of_the_law_stands_with_articles_that_facts_can_say(clock: str) -> None:
    row = official().clock(clock, TODAY)
    assert row.title
    assert row.limit
    for article in row.articles:
        assert official().cite(article).startswith("Điều ")
        TypeAdapter(Article).validate_python(article)


def test_no_clock_stands_that_the_reference_does_not_know() -> None:
    assert set(official().clock_ids) == {*WANTED, *SECOND_PARTS} == set(CLOCK_IDS)


LIMITS = {
    "R1": "10 ngày làm việc", "R2": "7 ngày làm việc", "R3": "5 ngày làm việc", "R4": "ít nhất 5 ngày làm việc trước",
    "R5": "3 ngày làm việc", "R6": "ít nhất 5 ngày làm việc trước", "R7": "ít nhất 1 ngày làm việc trước",
    "R8": "ít nhất 1 giờ trước", "R10": "45 ngày", "X1": "10 ngày làm việc", "X2": "1 năm", "K1": "90 ngày",
    "K2": "7 ngày làm việc", "K3": "30 ngày", "K4": "3 ngày làm việc", "K5": "30 ngày", "K6": "45 ngày",
    "K7": "7 ngày", "K8": "15 ngày", "K9": "30 ngày", "K10": "ít nhất 5 ngày trước", "K11": "3 ngày làm việc",
    "K12": "không tính vào thời hạn", "K13": "15 ngày", "K14": "30 ngày", "K15": "1 năm", "T1": "7 ngày làm việc",
    "T2": "5 ngày làm việc", "T3": "5 ngày làm việc", "T4": "30 ngày", "T5": "5 ngày làm việc", "T6": "5 ngày làm việc",
    "T7": "7 ngày làm việc", "TB7": "5 ngày làm việc", "T8": "7 ngày làm việc", "T9": "20 ngày", "T10": "20 ngày",
    "T11": "5 ngày làm việc", "TB11": "5 ngày làm việc", "T12": "ngay", "T13": "ngay", "D1": "72 giờ",
}  # fmt: skip


@pytest.mark.parametrize("clock", LIMITS)
def test_the_limits_are_those_of_the_law(clock: str) -> None:
    assert official().clock(clock, TODAY).limit == LIMITS[clock]


@pytest.mark.parametrize(
    ("clock", "variant", "amounts"),
    [
        ("K3", Variant.ORDINARY, [30, 45]),
        ("K3", Variant.REMOTE, [45, 60]),
        ("K6", Variant.ORDINARY, [45, 60]),
        ("K6", Variant.REMOTE, [60, 70]),
        ("K14", Variant.ORDINARY, [30, 45]),
        ("T4", Variant.ORDINARY, [30, 60, 90]),
        ("T1", Variant.SEVERAL_PLACES, [10]),
        ("K5", Variant.REMOTE, [45]),
        ("K9", Variant.REMOTE, [45]),
    ],
)
def test_variants_and_extensions_are_those_of_the_law(clock: str, variant: Variant, amounts: list[int]) -> None:
    row = official().clock(clock, TODAY)
    assert [row.amount_for(variant, number) for number in range(len(row.extension) + 1)] == amounts


def test_a_complaint_may_be_suspended_from_july_2026_also_when_it_was_accepted_before() -> None:
    catalogue, before = official(), date(2026, 6, 15)
    of_complaint, of_denunciation = PetitionKind.COMPLAINT, PetitionKind.DENUNCIATION
    assert not catalogue.may_suspend("K3", of_complaint, accepted_on=before, on=date(2026, 6, 30))
    assert catalogue.may_suspend("K3", of_complaint, accepted_on=before, on=date(2026, 7, 1))
    assert catalogue.may_suspend("K3", of_complaint, accepted_on=TODAY, on=TODAY)
    then = date(2025, 3, 3)
    assert catalogue.may_suspend("T4", of_denunciation, accepted_on=then, on=then), "denunciations always could"
    assert not catalogue.may_suspend("K2", of_complaint, accepted_on=TODAY, on=TODAY)


@pytest.mark.parametrize(
    ("accepted", "act", "law"),
    [
        ("2026-06-30", "2026-06-30", "2026-06-30"),
        ("2026-06-30", "2026-07-01", "2026-07-01"),
        ("2026-06-30", "2026-07-02", "2026-07-02"),
        ("2026-07-01", "2026-07-02", "2026-07-01"),
    ],
)
@pytest.mark.parametrize("topic", [Topic.WITHDRAWAL, Topic.SUSPENSION, Topic.DIALOGUE])
def test_c22_the_transition_brings_an_open_complaint_under_the_law_of_the_act(
    accepted: str, act: str, law: str, topic: Topic
) -> None:
    day = official().law_day(
        PetitionKind.COMPLAINT, topic, accepted_on=date.fromisoformat(accepted), act_on=date.fromisoformat(act)
    )
    assert day == date.fromisoformat(law)


def test_c22_the_transition_does_not_reach_the_acceptance_limit_and_says_so() -> None:
    moved = official().transition(
        PetitionKind.COMPLAINT, Topic.SUSPENSION, accepted_on=date(2026, 6, 25), act_on=date(2026, 8, 1)
    )
    assert moved is not None
    assert moved.articles == ("ND155 22(1)",)
    assert moved.unchanged == ("K2",)
    assert official().clock("K2", date(2026, 6, 25)).limit == "10 ngày"


def test_an_open_denunciation_follows_decree_156_but_dialogue_is_none_of_its_topics() -> None:
    before, after = date(2026, 6, 1), date(2026, 7, 20)
    law = official()
    assert law.law_day(PetitionKind.DENUNCIATION, Topic.SETTLEMENT, accepted_on=before, act_on=after) == after
    assert law.law_day(PetitionKind.DENUNCIATION, Topic.DIALOGUE, accepted_on=before, act_on=after) == before
    assert law.law_day(PetitionKind.COMPLAINT, Topic.SETTLEMENT, accepted_on=before, act_on=after) == before


def test_a_rule_is_the_one_of_its_day() -> None:
    catalogue = official()
    assert catalogue.rule("R03", date(2026, 6, 30)).articles == ("LTCD 26(1)(b)",)
    assert "ND154 14(2)" in catalogue.rule("R03", date(2026, 7, 1)).articles
    assert catalogue.rule("R03", TODAY).outcome is Outcome.GUIDE
    with pytest.raises(Refused, match="no_rule_then"):
        catalogue.rule("R07", date(2018, 12, 31))


def test_the_regimes_change_on_their_days() -> None:
    catalogue = official()
    days = [date(2025, 6, 30), date(2025, 7, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [catalogue.regime(day).id for day in days] == ["A", "A2", "A2", "B"]


def test_an_overlap_is_refused(folder: Path) -> None:
    assert "chồng lấn" in broken_by(folder, "clocks.toml", "in_force_to = 2026-06-30", "").sentence


def test_a_gap_is_refused(folder: Path) -> None:
    refused = broken_by(folder, "clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-06-28")
    assert "hở từ 29/06/2026 đến 30/06/2026" in refused.sentence


def test_a_gap_between_rules_is_refused(folder: Path) -> None:
    assert "hở" in broken_by(folder, "rules.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-05-30").sentence


def test_an_unknown_key_is_refused(folder: Path) -> None:
    assert "amuont" in broken_by(folder, "clocks.toml", "amount = 10", "amuont = 10").sentence


def test_a_clock_without_unit_is_refused(folder: Path) -> None:
    assert "unit" in broken_by(folder, "clocks.toml", 'unit = "working_days"', "").sentence


def test_an_unknown_article_is_refused(folder: Path) -> None:
    assert "LTDC 28(1)" in broken_by(folder, "clocks.toml", "LTCD 28(1)", "LTDC 28(1)").sentence


def test_an_article_of_a_law_not_yet_in_force_is_refused(folder: Path) -> None:
    assert "hiệu lực" in broken_by(folder, "clocks.toml", '"LTC 24(1)"', '"ND156 1"').sentence


def test_an_unsure_row_without_its_question_is_refused(folder: Path) -> None:
    assert "question" in broken_by(folder, "clocks.toml", 'confidence = "C"', 'confidence = "U"').sentence


def test_an_extension_that_shortens_is_refused(folder: Path) -> None:
    assert (
        "gia hạn"
        in broken_by(
            folder,
            "clocks.toml",
            "amount = 45\nvariants = { remote = 60 }\ntests",
            "amount = 20\nvariants = { remote = 60 }\ntests",
        ).sentence
    )


def test_a_hole_between_regimes_is_refused(folder: Path) -> None:
    assert "không nối tiếp" in broken_by(folder, "documents.toml", "2025-07-01", "2025-07-02").sentence


def test_a_document_named_twice_is_refused(folder: Path) -> None:
    assert "hai lần" in broken_by(folder, "documents.toml", 'key = "LTC"', 'key = "LKN"').sentence


ENDED = "in_force_to = 2026-12-31\n"
REFUSED = [
    ("clocks.toml", "amount = 10\nunit", 'amount = "10"\nunit', "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = true\nunit", "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = 0\nunit", "amount"),
    ("clocks.toml", "amount = 10\nunit", "amount = -3\nunit", "amount"),
    ("clocks.toml", 'unit = "working_days"', 'unit = "working_day"', "unit"),
    ("clocks.toml", 'unit = "working_days"', 'unit = "at_once"', "không đi với số lượng nào"),
    ("clocks.toml", 'id = "R2"', 'id = "R2x"', "id"),
    ("clocks.toml", 'actor = "receiver"', 'actor = "reciever"', "actor"),
    ("clocks.toml", 'start = "received_at_reception"', "", "start"),
    ("clocks.toml", 'articles = ["LTCD 28(1)"]', "articles = []", "articles"),
    ("clocks.toml", 'articles = ["LTCD 28(1)"]', 'articles = ["LTCD"]', "điều luật lạ"),
    *(
        ("clocks.toml", 'articles = ["LTCD 28(1)"]', f'articles = ["LTCD {place}"]', f"viết như “{place}”")
        for place in ("999999", "1000", "0", "028", "28(0)", "28(1)(2)", "28 (1)", "28,33", "28(a)", "3ab", "28(1", "x")
    ),
    ("clocks.toml", '"ND155 2", "ND124 3a"', '"ND155 2", "ND124 3333a"', "ND124 3333a"),
    ("documents.toml", '"ND156 10"', '"ND156 10000"', "ND156 10000"),
    ("clocks.toml", "in_force_from = 2014-07-01", 'in_force_from = "hôm nay"', "in_force_from"),
    ("clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2010-06-30", "in_force_to"),
    ("clocks.toml", "in_force_to = 2026-06-30", "in_force_to = 2026-07-01", "chồng lấn"),
    ("clocks.toml", '"@processing_article"', '"TT07 8"', "không có hiệu lực suốt thời gian"),
    ("clocks.toml", 'amount_setting = "', 'amount = 5\namount_setting = "', "đúng một trong hai"),
    ("clocks.toml", 'brought_by = "ND155 11"\n', "", "K10: văn bản được viện dẫn có từ 10/12/2020"),
    ("clocks.toml", 'brought_by = "ND155 11"', 'brought_by = "ND124 28"', "K10: “ND124 28” không có hiệu lực từ"),
    ("clocks.toml", 'brought_by = "ND155 11"', 'brought_by = "ND199 11"', "điều luật lạ"),
    (
        "clocks.toml",
        "in_force_to = 2026-06-30",
        'in_force_to = 2026-06-30\nrepealed_by = "ND154 4"',
        "chỉ ghi ở dòng cuối",
    ),
    (
        "clocks.toml",
        'settings = ["law_136_keeps_settlement_periods"]\nin_force_from = 2026-07-01\n',
        'settings = ["law_136_keeps_settlement_periods"]\nin_force_from = 2026-07-01\nbrought_by = "ND154 4"\n',
        "chỉ ghi ở dòng đầu",
    ),
    ("clocks.toml", 'articles = ["LKN 32"]\n', 'articles = ["LKN 32"]\nrepealed_by = "L136 2"\n', "đi với in_force_to"),
    ("clocks.toml", 'articles = ["LKN 32"]\n', f'articles = ["LKN 32"]\n{ENDED}', "K4: hết hiệu lực ngày 31/12/2026"),
    (
        "clocks.toml",
        'articles = ["LKN 32"]\n',
        f'articles = ["LKN 32"]\n{ENDED}repealed_by = "L199 2"\n',
        "điều luật lạ “L199 2”",
    ),
    ("rules.toml", 'articles = ["LTCD 26(2)(b)"]\n', f'articles = ["LTCD 26(2)(b)"]\n{ENDED}', "R13: hết hiệu lực"),
    (
        "clocks.toml",
        "amount = 45\nvariants = { remote = 60 }\ntests",
        "amount = 30\nvariants = { remote = 60 }\ntests",
        "gia hạn phải dài hơn",
    ),
    ("clocks.toml", 'direction = "before"', 'suspended_under = "K12"', "chỉ thời hạn tính theo ngày"),
    ("clocks.toml", 'direction = "before"', "excludes_obstacles = true", "chỉ thời hạn tính theo ngày"),
    ("clocks.toml", 'suspended_under = "K12"', 'suspended_under = "K99"', "không có thời hạn K99"),
    ("clocks.toml", '"@refusal_notice_point"', '"@no_such_point"', "no_such_point"),
    ("clocks.toml", '"@refusal_notice_point"', '"@culture_day"', "culture_day"),
    ("clocks.toml", "conclusion_notice_working_days", "conclusion_notice_days", "conclusion_notice_days"),
    ("clocks.toml", "conclusion_notice_working_days", "recommendation_settlement_days", "tính theo"),
    ("clocks.toml", "acceptance_alarm_on_earlier", "acceptance_alarm", "acceptance_alarm"),
    ("clocks.toml", 'settings = ["law_136_keeps', 'settings = ["law_137_keeps', "law_137_keeps"),
    ("documents.toml", 'settings = ["circular_05_2021_in_force"]', 'settings = ["circular_05"]', "circular_05"),
    ("documents.toml", 'unchanged = ["K2"]', 'unchanged = ["K12"]', "K12 đứng ở cả clocks và unchanged"),
    ("documents.toml", 'unchanged = ["K2"]', 'unchanged = ["K77"]', "không có thời hạn K77"),
    ("documents.toml", '"ND156 10"', '"ND157 10"', "điều luật lạ"),
    ("documents.toml", 'id = "denunciations_2026"', 'id = "complaints_2026"', "hai lần"),
    ("documents.toml", 'topics = ["withdrawal"', 'topics = ["withdrawl"', "topics"),
    ("settings.toml", 'id = "official_calendar_through"', 'id = "culture_day"', "hai lần"),
    ("settings.toml", 'kind = "yes_no"', 'kind = "yesno"', "kind"),
    ("settings.toml", "default = true", 'default = "có"', "default"),
    ("settings.toml", "default = 2026", "default = 1999", "default"),
    ("settings.toml", 'default = "guide"', 'default = "guid"', "phải là một trong"),
    ("settings.toml", "at_most = 30", "", "at_most"),
    ("settings.toml", 'question = "Ngày 24/11', 'queston = "Ngày 24/11', "queston"),
]


@pytest.mark.parametrize(("file", "old", "new", "reason"), REFUSED)
def test_what_cannot_be_right_is_refused_with_file_line_and_reason(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    assert reason in broken_by(folder, file, old, new).sentence


@pytest.mark.parametrize(
    "place", ["28", "3a", "28b(2)", "28đ(1)", "4(1)(h)", "4(1)(đ)", "12(3)-(4)", "4(1)(a)-(c)", "14-17", "28, 33(1)"]
)
def test_places_that_an_article_may_name(folder: Path, place: str) -> None:
    path = folder / "clocks.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('articles = ["LKN 32"]', f'articles = ["LKN {place}"]', 1), encoding="utf-8")
    assert Catalogue.load(folder).clock("K4", TODAY).articles == (f"LKN {place}",)


def rows_taken_out(folder: Path, table: str, row_id: str, which: slice) -> BadInput:
    """What is said of the table without those rows of the id."""
    path = folder / f"{table}s.toml"
    text = path.read_text(encoding="utf-8")
    found = list(re.finditer(rf'\[\[{table}\]\]\nid = "{row_id}"\n.*?(?=\[\[{table}\]\]|\n# |\Z)', text, re.DOTALL))
    assert found[which]
    for match in reversed(found[which]):
        text = text[: match.start()] + text[match.end() :]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="law_data_broken") as refused:
        Catalogue.load(folder)
    assert refused.value.facts["file"] == path.name
    return refused.value


@pytest.mark.parametrize("clock", CLOCK_IDS)
def test_a_clock_that_decisions_ask_for_may_not_be_missing(folder: Path, clock: str) -> None:
    sentence = rows_taken_out(folder, "clock", clock, slice(None)).sentence
    assert sentence.startswith("clocks.toml, dòng 1: ")
    assert f"thiếu thời hạn: {clock}" in sentence


@pytest.mark.parametrize("rule", RULE_IDS)
def test_a_rule_that_the_matrix_asks_for_may_not_be_missing(folder: Path, rule: str) -> None:
    assert f"thiếu quy tắc: {rule}" in rows_taken_out(folder, "rule", rule, slice(None)).sentence


@pytest.mark.parametrize(
    ("table", "row_id"),
    [
        *(("clock", one) for one in ("R1", "K2", "K3", "K6", "K8", "T4")),
        *(("rule", one) for one in ("R01", "R03", "R05", "R15", "R16", "R22", "R01b", "R01c", "R02a", "R22a")),
    ],
)
def test_the_first_and_the_last_row_of_an_id_may_not_be_missing(folder: Path, table: str, row_id: str) -> None:
    first = rows_taken_out(folder, table, row_id, slice(0, 1)).sentence
    assert f"{row_id}: văn bản được viện dẫn có từ" in first
    shutil.copytree(DATA_FOLDER, folder, dirs_exist_ok=True)
    assert f"{row_id}: hết hiệu lực ngày" in rows_taken_out(folder, table, row_id, slice(-1, None)).sentence


def test_what_ended_for_good_says_by_which_article_and_is_no_clock_any_more(folder: Path) -> None:
    path = folder / "clocks.toml"
    old = 'articles = ["LKN 32"]\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, f'{old}{ENDED}repealed_by = "L136 2"\n', 1), encoding="utf-8")
    catalogue = Catalogue.load(folder)
    assert catalogue.clock("K4", date(2026, 12, 31)).repealed_by == "L136 2"
    assert catalogue.find_clock("K4", date(2027, 1, 1)) is None
    with pytest.raises(Refused, match="no_clock_then"):
        catalogue.clock("K4", date(2027, 1, 1))


def test_the_closed_lists_hold_every_id_that_services_name() -> None:
    """What the code asks for by name is in the lists that are checked at load, so it cannot be missing at run time."""
    files = [
        path for service in ("routing", "sessions", "intake") for path in (ROOT / "services" / service).rglob("*.py")
    ]
    named = {name for path in files for name in ID.findall(path.read_text("utf-8"))}
    assert {"K3", "T4", "R14", "R22a", "R8"} <= named, "the search finds them"
    assert named <= {*CLOCK_IDS, *RULE_IDS}


@pytest.mark.parametrize("file", ["clocks.toml", "rules.toml", "documents.toml", "settings.toml"])
def test_a_syntax_error_is_refused_with_its_line(folder: Path, file: str) -> None:
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith(("title", "question")))
    lines[number] = lines[number].rstrip('"')
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInput, match="TOML") as refused:
        Catalogue.load(folder)
    assert refused.value.facts == {"file": file, "line": number + 1}


def test_a_missing_table_and_a_wrong_encoding_are_refused(folder: Path) -> None:
    clocks = folder / "clocks.toml"
    text = clocks.read_bytes()
    clocks.write_bytes(text.replace("Lằn ranh đỏ".encode(), "Lằn ranh đỏ".encode("utf-16"), 1))
    with pytest.raises(BadInput, match="UTF-8") as refused:
        Catalogue.load(folder)
    line = int(refused.value.facts["line"])
    assert text.decode().splitlines()[line - 1].startswith('title = "Lằn ranh đỏ')
    clocks.unlink()
    with pytest.raises(BadInput, match="không có tệp này"):
        Catalogue.load(folder)
