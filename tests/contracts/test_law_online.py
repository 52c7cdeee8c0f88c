"""When the law lets a reception be held online (154/2026 art. 20): any agenda, on any ground."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.law.online import GroundFinding, Heard, ground_finding
from contracts.vocabulary import ComplexityTest, OnlineGround, PetitionKind

ASKS = st.none() | st.booleans()
SAID = st.fixed_dictionaries(
    {
        "complexity": st.lists(st.sampled_from(ComplexityTest), max_size=2),
        "is_confidentiality_assured": st.booleans(),
        "is_wished_by_petitioner": st.booleans(),
    }
)


@given(ground=st.sampled_from(OnlineGround), asks=ASKS, said=SAID)
def test_a_mixed_petition_is_heard_online_exactly_when_a_denunciation_is(
    ground: OnlineGround, asks: bool | None, said: dict[str, Any]
) -> None:
    def found(kind: PetitionKind) -> GroundFinding | None:
        return ground_finding(ground, [Heard(kind, asks)], **said)

    assert found(PetitionKind.MIXED) == found(PetitionKind.DENUNCIATION)


@given(
    kinds=st.lists(st.sampled_from(PetitionKind), min_size=1, max_size=3),
    ground=st.sampled_from(OnlineGround),
    asks=ASKS,
    said=SAID,
)
def test_what_may_hold_a_denunciation_is_heard_online_only_when_everything_the_law_asks_is_said(
    kinds: list[PetitionKind], ground: OnlineGround, asks: bool | None, said: dict[str, Any]
) -> None:
    heard = [Heard(kind, asks) for kind in kinds]
    is_refused = ground_finding(ground, heard, **said) is not None
    if any(case.may_denounce for case in heard):
        is_all_said = bool(
            ground is OnlineGround.DENUNCIATION_CONFIDENTIAL
            and all(case.may_denounce for case in heard)
            and asks is False
            and said["complexity"]
            and said["is_confidentiality_assured"]
        )
        assert is_refused is not is_all_said
