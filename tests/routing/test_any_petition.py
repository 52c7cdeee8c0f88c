"""Whatever intake can say of a petition, routing opens one case: no receipt is an empty promise."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseOpened
from contracts.ids import case_of as case_id_of
from contracts.vocabulary import Channel, DeclineGround, Instance, MatterField, Outcome, PetitionKind, RespondentPost
from services.routing.domain import acts
from services.routing.domain.case import Status
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.outcome import route
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    case_of,
    day,
    denounced,
    filed,
    opened,
)

DAYS = st.one_of(
    st.dates(),
    st.dates(day("2003-01-01"), day("2030-12-31")),
    st.sampled_from([date.min, day("2011-01-01"), day("2012-06-30"), day("2014-06-30"), day("2099-12-31"), date.max]),
)
STATE_UNITS = [KIM_LIEN, DO_LUONG, QUY_HOP, SO_XD, PROVINCE, OFFICE, "bo-xd", "huyen-415", "xa-16744"]
UNITS = st.sampled_from([*STATE_UNITS, "tw", "tw-btcd", "ban-40-ubkt", "xa-99999"])
ANY_PETITION = st.builds(
    PetitionFiled,
    petition_id=st.uuids(),
    kind=st.sampled_from(PetitionKind),
    code=st.just("HS26-7K4QM9"),
    channel=st.sampled_from(Channel),
    received_at=st.one_of(
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - zoned by hypothesis
        st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as above
    ),
    received_by=UNITS,
    matter_field=st.sampled_from(MatterField),
    matter_unit=UNITS,
    respondent_unit=st.none() | UNITS,
    respondent_post=st.none() | st.sampled_from(RespondentPost),
    instance=st.sampled_from(Instance),
    earlier_decision_received_on=st.none() | DAYS,
    decision_known_on=st.none() | DAYS,
    lower_accepted_on=st.none() | DAYS,
    signer_count=st.integers(0, 100_000),
    has_representatives=st.booleans(),
    is_signed=st.booleans(),
    is_anonymous=st.booleans(),
    is_directly_affected=st.booleans(),
    asks_identity_protection=st.booleans(),
    wants_notices=st.booleans(),
    content_sha256=st.just("0" * 64),
    attachment_count=st.integers(0, 50),
)


@settings(max_examples=500, deadline=None)
@given(petition=ANY_PETITION)
def test_every_petition_intake_can_say_opens_exactly_one_case(petition: PetitionFiled) -> None:
    case, said = opened(petition)
    assert case.case_id == case_id_of(petition.petition_id)
    assert case.status is Status.OPEN
    [fact] = [fact for fact in said if isinstance(fact, CaseOpened)]
    assert fact.outcome is case.outcome
    assert explain(case, LAW).tried[-1].fits
    tick(case, petition.received_at, LAW)


@settings(max_examples=300, deadline=None)
@given(petition=ANY_PETITION.filter(lambda one: one.respondent_unit in {None, *STATE_UNITS}))
def test_on_no_day_whatsoever_is_a_case_held_by_the_accused(petition: PetitionFiled) -> None:
    case, _ = opened(petition)
    assert not is_near_the_accused(petition, case.held_by, LAW, received_on(petition))


@pytest.mark.parametrize("known_on", ["0001-01-01", "1990-05-01", "2011-12-31"])
def test_a_decision_older_than_the_law_we_know_counts_as_late_and_an_officer_may_still_accept(known_on: str) -> None:
    petition = filed(decision_known_on=day(known_on))
    found = route(petition, LAW)
    assert (found.outcome, found.decline_ground) == (Outcome.DECLINE, DeclineGround.LIMITATION_EXPIRED)
    assert "cán bộ xem xét" in explain(case_of(petition), LAW).tried[-1].why
    accepted, _ = acts.accept(case_of(petition), by=KIM_LIEN, on=day("2026-09-09"), law=LAW)
    assert accepted.status is Status.ACCEPTED


def test_a_lower_body_that_accepted_before_the_law_we_know_has_let_its_time_pass() -> None:
    said: dict[str, Any] = {"received_by": OFFICE, "lower_accepted_on": day("2005-03-01")}
    assert route(filed(instance=Instance.SECOND, **said), LAW).outcome is Outcome.DECLINE
    assert case_of(filed(instance=Instance.FIRST, **said)).outcome is Outcome.URGE_LOWER


def test_a_petition_received_before_the_law_we_know_has_a_case_without_clocks_that_says_so() -> None:
    case = case_of(filed("2012-01-05"))
    assert (case.held_by, case.articles, case.clocks) == (KIM_LIEN, (), ())
    assert explain(case, LAW).tried[-1].confidence == "U"


def test_a_unit_that_is_not_open_on_the_day_never_holds_its_own_denunciation() -> None:
    assert case_of(denounced("2013-01-05")).held_by == PROVINCE
