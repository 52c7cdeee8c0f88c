"""``python -m services.routing explain case.json``: the same answer without a server, for people or for machines."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.law.clocks import ClockExplanation
from services.routing.answering import Answer, CannotBe, answer, read
from services.routing.app import law_of
from services.routing.domain.explain import Explanation
from services.routing.planned import SessionTold
from services.routing.settings import RoutingSettings

MOST_FINDINGS = 50


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 answered, 1 the situation is unknown in part or contradicts itself, 2 no such file."""
    parser = argparse.ArgumentParser(prog="python -m services.routing explain", description=__doc__)
    parser.add_argument("file", help="a situation as JSON (docs/explain.md); - reads standard input")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    chosen = parser.parse_args(arguments)
    try:
        body = sys.stdin.buffer.read() if chosen.file == "-" else Path(chosen.file).read_bytes()
    except OSError as error:
        sys.stderr.write(f"không đọc được tệp: {error.strerror}\n")
        return 2
    settings = RoutingSettings()
    try:
        given = answer(
            read(body),
            law_of(settings),
            supplement_answer_working_days=settings.supplement_answer_working_days,
        )
    except CannotBe as refusal:
        for finding in refusal.findings[:MOST_FINDINGS]:
            sys.stderr.write(f"{finding.field}: {finding.text} [{finding.code}]\n")
        return 1
    sys.stdout.write((given.model_dump_json(indent=2) if chosen.json else "\n".join(lines(given))) + "\n")
    return 0


def lines(given: Answer) -> Iterator[str]:
    """The answer for a person at a terminal."""
    told = given.explanation
    yield f"Tính đến {given.as_of:%H:%M %d/%m/%Y}. {told.regime}."
    yield f"Hướng xử lý: {told.outcome_label}. Trạng thái: {told.status_label}. Đang giữ: {told.held_by_name}."
    post = f" ({told.settling_post})" if told.settling_post else ""
    yield f"Thẩm quyền: {told.competent_authority_name}{post}. {told.why_competent}"
    yield from (f"  {article}" for article in told.competence_articles)
    if told.competence_finding:
        yield told.competence_finding
    for handover in told.handovers:
        yield f"Bàn giao: {handover.sentence}"
        yield from (f"  {article}" for article in handover.articles)
    yield from _rules(told)
    if told.duties:
        yield "Việc phải làm ngay: " + "; ".join(duty.label for duty in told.duties)
    if told.limitation:
        yield f"Thời hiệu ({told.limitation.reading.clock} {told.limitation.title}):"
        yield from _days(told.limitation)
    yield "Thời hạn:"
    for clock in told.clocks:
        missed = ", QUÁ HẠN" if clock.is_missed else ""
        yield f"  {clock.told.reading.clock} {clock.told.title}: {clock.state_label}{missed}"
        yield from _days(clock.told)
    yield "Diễn biến:"
    for step in given.steps:
        refused = f" — BỊ TỪ CHỐI: {step.refused_sentence}" if not step.is_done else ""
        yield f"  {step.at:%d/%m/%Y} {step.label}{refused}"
        yield from (f"    {change.sentence}" for change in step.changed)
    yield from _session(given.session)
    yield "Việc có thể làm tiếp: " + (", ".join(action.label for action in told.next_actions) or "không còn việc nào")
    yield from (f"Không được {barred.label}: {barred.why}" for barred in told.barred_actions)
    yield "Không nói đến, coi như: " + ", ".join(
        f"{one.field} = {str(one.value).lower() if isinstance(one.value, bool) else one.value}" for one in given.assumed
    )


def _session(told: SessionTold | None) -> Iterator[str]:
    if told is None:
        return
    yield "Phiên trực tuyến: " + ("được tổ chức" if told.may_be_online else f"KHÔNG được tổ chức. {told.finding}")
    for step in told.preparation:
        due = f"{step.due_at:%H:%M %d/%m/%Y}" if step.due_at else f"{step.due_on:%d/%m/%Y}"
        yield f"  {step.clock} {step.title}: chậm nhất {due}{_MET[step.is_met]}"
    for point in told.points:
        yield f"  điểm cầu {point.unit}: " + (", ".join(point.obstacle_labels) or "sẵn sàng")
    if not told.counts_for_head:
        yield "  cấp phó chủ trì: ghi nhận là ủy quyền, không tính là ngày tiếp của người đứng đầu"
    yield "  " + "; ".join(told.next_actions)


_MET: Final = {True: " (đã thực hiện)", False: " (KHÔNG đạt)", None: ""}


def _rules(told: Explanation) -> Iterator[str]:
    yield "Quy tắc đã xét:"
    for rule in told.tried:
        answer_ = "CÓ" if rule.fits else "không"
        yield f"  {rule.rule} {rule.title}: {answer_}. {rule.why} [{rule.confidence}]"
        if rule.fits:
            yield from (f"    {article}" for article in rule.articles)


def _days(told: ClockExplanation) -> Iterator[str]:
    read_ = told.reading
    yield (
        f"    từ {read_.started_on:%d/%m/%Y}, {told.counted} {told.unit_label}: đếm đủ {read_.raw_due:%d/%m/%Y}, "
        f"hạn {read_.rolled_due:%d/%m/%Y}, báo động {read_.alarm_on:%d/%m/%Y} [{told.confidence}]"
    )
    if told.excluded:
        yield "    trừ: " + ", ".join(f"{one.name} {one.days} ngày" for one in told.excluded)
    if told.skipped:
        yield "    bỏ qua: " + ", ".join(f"{off.day:%d/%m} {off.name}" for off in told.skipped)
    yield "    " + "; ".join(told.articles)
    if told.question:
        yield f"    câu hỏi: {told.question}"
