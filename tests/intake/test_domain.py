from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.errors import BadInput, Refused
from contracts.facts.intake import Attachment, PetitionFiled, PetitionSupplemented, PetitionWithdrawn
from contracts.ids import AttachmentId, PetitionId, derived
from contracts.vocabulary import Instance, PetitionKind, WithdrawalScope
from services.intake.domain import (
    Petition,
    PetitionStatus,
    Sealed,
    Step,
    Timeline,
    access_key,
    attach,
    check_document,
    file_petition,
    lookup_code,
    sign_later,
    warnings_of,
    withdraw,
)
from tests.builders import a_draft

NOW = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
TODAY = date(2026, 9, 7)
ID = PetitionId(derived("petition", "test"))
DOCUMENT = Attachment(
    attachment_id=AttachmentId(derived("attachment", 1)), sha256="a" * 64, size_bytes=10, media_type="application/pdf"
)


def filed(**said: object) -> tuple[Petition, PetitionFiled]:
    petition, facts = file_petition(
        a_draft(**said),
        petition_id=ID,
        code="HS26-7K4QM9",
        content_sha256="b" * 64,
        sealed=Sealed(wrapped_key="k", person="p", content="c"),
        contact=None,
        filed_by="officer-1",
        now=NOW,
        today=TODAY,
    )
    (fact,) = facts
    assert isinstance(fact, PetitionFiled)
    return petition, fact


def test_a_filing_says_what_routing_needs_and_no_person() -> None:
    _, fact = filed()

    assert fact.received_by == "xa-17971"
    for secret in ("Nguyễn Văn Thử", "0912345678", "040085000123", "xóm Sen"):
        assert secret not in fact.model_dump_json()


def test_what_an_officer_found_reaches_routing() -> None:
    _, fact = filed(particulars={"is_remote": True, "places_to_verify": 2})

    assert (fact.known.is_remote, fact.known.places_to_verify) == (True, 2)
    assert filed()[1].particulars is None


def test_a_letter_opened_today_may_have_come_yesterday() -> None:
    yesterday = NOW - timedelta(days=1)

    _, fact = filed(received_at=yesterday)

    assert fact.received_at == yesterday


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"received_at": NOW + timedelta(minutes=6)}, "received_in_future"),
        ({"received_at": datetime(2012, 5, 5, tzinfo=UTC)}, "received_too_early"),
        ({"decision_known_on": date(1, 1, 1)}, "date_too_early"),
        ({"decision_known_on": date(2026, 9, 8)}, "date_in_future"),
        ({"lower_accepted_on": date(2026, 9, 8)}, "date_in_future"),
        ({"earlier_decision_received_on": date(2026, 9, 1)}, "second_without_first"),
        ({"has_representatives": True}, "representatives_without_group"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(said: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        filed(**said)

    assert refused.value.code == code


def test_today_in_vietnam_is_not_the_future() -> None:
    filed(decision_known_on=TODAY, instance=Instance.FIRST)


@pytest.mark.parametrize(
    ("number", "warned"),
    [("040085000123", False), ("B1234567", False), ("12345", True), ("0400850001234", True), ("040785000123", True)],
)
def test_an_odd_personal_number_is_a_warning_and_never_a_refusal(number: str, warned: bool) -> None:
    warnings = warnings_of(a_draft(personal_number=number))

    assert any(code.startswith("personal_number") for code in warnings) is warned


def test_a_denouncer_is_told_nothing_unless_it_was_asked_for() -> None:
    assert filed(kind=PetitionKind.DENUNCIATION)[1].wants_notices is False
    assert filed(kind=PetitionKind.DENUNCIATION, wants_notices=True)[1].wants_notices is True
    assert filed()[1].wants_notices is True


def test_a_petition_without_a_name_is_anonymous() -> None:
    assert filed(full_name=None)[1].is_anonymous


def test_a_document_joins_once() -> None:
    petition, _ = filed()

    grown, facts = attach(petition, DOCUMENT, NOW)
    again, nothing = attach(grown, DOCUMENT, NOW)

    assert [type(fact) for fact in facts] == [PetitionSupplemented]
    assert again.attachments == (DOCUMENT,)
    assert not nothing


def test_the_missing_signature_is_given_once() -> None:
    petition, _ = filed(is_signed=False)

    signed, (fact,) = sign_later(petition, NOW)

    assert isinstance(fact, PetitionSupplemented)
    assert fact.is_signed
    with pytest.raises(Refused, match="already_signed"):
        sign_later(signed, NOW)


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ([WithdrawalScope.WHOLE], PetitionStatus.WITHDRAWN),
        ([WithdrawalScope.PARTIAL], PetitionStatus.PARTLY_WITHDRAWN),
        ([WithdrawalScope.PARTIAL, WithdrawalScope.WHOLE], PetitionStatus.WITHDRAWN),
    ],
)
def test_a_petition_may_be_withdrawn_in_part_and_then_wholly(path: list[WithdrawalScope], ends: PetitionStatus) -> None:
    petition, _ = filed()
    for scope in path:
        petition, (fact,) = withdraw(petition, scope, NOW)
        assert isinstance(fact, PetitionWithdrawn)

    assert petition.status is ends


@pytest.mark.parametrize(
    "path",
    [
        [WithdrawalScope.WHOLE, WithdrawalScope.WHOLE],
        [WithdrawalScope.WHOLE, WithdrawalScope.PARTIAL],
        [WithdrawalScope.PARTIAL, WithdrawalScope.PARTIAL],
    ],
)
def test_no_other_withdrawal_is_lawful(path: list[WithdrawalScope]) -> None:
    petition, _ = filed()
    petition, _ = withdraw(petition, path[0], NOW)

    with pytest.raises(Refused, match="already_withdrawn"):
        withdraw(petition, path[1], NOW)


def test_a_partial_withdrawal_says_which_requests_and_a_whole_one_does_not() -> None:
    _, (fact,) = withdraw(filed()[0], WithdrawalScope.PARTIAL, NOW, requests=(3, 1, 3))
    assert isinstance(fact, PetitionWithdrawn)
    assert fact.requests == (1, 3)

    with pytest.raises(BadInput, match="requests_of_whole"):
        withdraw(filed()[0], WithdrawalScope.WHOLE, NOW, requests=(1,))


def test_a_withdrawn_petition_takes_no_more_documents() -> None:
    petition, _ = withdraw(filed()[0], WithdrawalScope.WHOLE, NOW)

    with pytest.raises(Refused, match="withdrawn"):
        attach(petition, DOCUMENT, NOW)


def test_the_lookup_code_is_speakable_and_names_no_kind() -> None:
    assert lookup_code(b"\xff" * 32, NOW) == "HS26-ZZZZZZ"
    assert lookup_code(b"\x00" * 32, NOW) == "HS26-000000"
    assert access_key(b"\x00" * 32) == "00000000"


@pytest.mark.parametrize(
    ("declared", "sniffed", "code"),
    [
        ("application/pdf", "application/x-dosexec", "content_not_as_declared"),
        ("application/pdf", None, "content_not_as_declared"),
        ("application/x-dosexec", "application/x-dosexec", "media_type_not_allowed"),
        ("text/html", "text/html", "media_type_not_allowed"),
    ],
)
def test_a_document_must_be_what_it_says_it_is(declared: str, sniffed: str | None, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_document(declared, sniffed)

    assert refused.value.code == code


def test_a_timeline_is_in_order_of_time_and_takes_each_fact_once() -> None:
    late = Step(fact_id="2", type="t", time=NOW + timedelta(hours=1), value="{}")
    early = Step(fact_id="1", type="t", time=NOW, value="{}")

    timeline = Timeline(petition_id=ID).with_step(late).with_step(early).with_step(late)

    assert timeline.steps == (early, late)
