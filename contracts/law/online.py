"""When a reception may be held online, and what keeps a bridge point from it (154/2026 arts 18, 20, 23).

Asked by sessions when one is set up and started, and by routing when somebody asks beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.law.secrecy import is_confidential
from contracts.vocabulary import ComplexityTest, Labelled, OnlineGround, PetitionKind


@dataclass(frozen=True, slots=True)
class Heard:
    """A case on the agenda."""

    kind: PetitionKind
    asks_identity_protection: bool | None
    """None = not known, which counts as yes."""

    @property
    def may_denounce(self) -> bool:
        """A denunciation, or a petition that may hold one until it is split."""
        return is_confidential(self.kind)


@dataclass(frozen=True, slots=True)
class GroundFinding:
    """Why the ground does not hold."""

    code: str
    sentence: str


class Obstacle(Labelled):
    """Why a required point keeps the session from starting."""

    NOT_TESTED = "not_tested", "chưa thử nghiệm"
    TEST_FAILED = "test_failed", "thử nghiệm không đạt"
    TESTED_TOO_LATE = "tested_too_late", "không thử nghiệm đạt trước ngày tiếp ít nhất một ngày làm việc"
    NOT_CONNECTED = "not_connected", "chưa kết nối"


def ground_finding(
    ground: OnlineGround,
    heard: Sequence[Heard],
    *,
    complexity: Sequence[ComplexityTest],
    is_confidentiality_assured: bool,
    is_wished_by_petitioner: bool,
) -> GroundFinding | None:
    """154/2026 art. 20; for denunciations the answer is no unless everything the law asks is said (case D17).

    None when the ground holds.
    """
    is_for_denunciations = ground is OnlineGround.DENUNCIATION_CONFIDENTIAL
    if is_for_denunciations != any(case.may_denounce for case in heard):
        return GroundFinding(
            "denunciation_ground",
            "Tố cáo, kể cả trong đơn nhiều nội dung, chỉ được tiếp trực tuyến theo căn cứ riêng dành cho tố cáo.",
        )
    if is_for_denunciations:
        return _confidential(heard, complexity=complexity, is_assured=is_confidentiality_assured)
    if ground is OnlineGround.REMOTE_OR_WEAK and not is_wished_by_petitioner:
        return GroundFinding("no_wish", "Căn cứ này cần nguyện vọng của công dân.")
    return None


def _confidential(
    heard: Sequence[Heard], *, complexity: Sequence[ComplexityTest], is_assured: bool
) -> GroundFinding | None:
    if not all(case.may_denounce for case in heard):
        return GroundFinding("mixed_agenda", "Không đưa tố cáo và đơn khác vào cùng một phiên trực tuyến.")
    if any(case.asks_identity_protection is not False for case in heard):
        return GroundFinding(
            "identity_protection", "Người tố cáo yêu cầu (hoặc chưa rõ có yêu cầu) giữ bí mật: phải tiếp trực tiếp."
        )
    if not complexity:
        return GroundFinding("not_complex", "Chưa nêu tiêu chí phức tạp của vụ việc tố cáo: phải tiếp trực tiếp.")
    if not is_assured:
        return GroundFinding("confidentiality", "Cơ quan chưa xác nhận bảo đảm bí mật cho phiên trực tuyến.")
    return None


def obstacles(*, is_passed: bool | None, is_in_time: bool | None, is_connected: bool) -> tuple[Obstacle, ...]:
    """What a required point still lacks.

    ``is_passed``: its last test, none when there was none; ``is_in_time``: whether a test succeeded by R7, none when
    that does not matter or is not known yet.
    """
    found = []
    if is_passed is None:
        found.append(Obstacle.NOT_TESTED)
    elif not is_passed:
        found.append(Obstacle.TEST_FAILED)
    elif is_in_time is False:
        found.append(Obstacle.TESTED_TOO_LATE)
    if not is_connected:
        found.append(Obstacle.NOT_CONNECTED)
    return tuple(found)
