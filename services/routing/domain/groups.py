"""Groups with the same content: from how many on representatives are named, and how many there may be (LTCD 29)."""

from typing import Final

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.vocabulary import PetitionKind

LARGE_GROUP_SIGNERS: Final = 5
"""From five people with the same content on, representatives are named."""
MANY_SIGNERS: Final = 10
FEW_REPRESENTATIVES: Final = 2
MOST_REPRESENTATIVES: Final = 5


def is_large_group(filed: PetitionFiled) -> bool:
    """True from five signers with the same content on."""
    return filed.signer_count >= LARGE_GROUP_SIGNERS


def representatives_allowed(signer_count: int) -> range:
    """How many representatives the law allows: 5–10 people one or two, more than ten up to five (LTCD 29)."""
    if signer_count < LARGE_GROUP_SIGNERS:
        return range(signer_count + 1)
    most = FEW_REPRESENTATIVES if signer_count <= MANY_SIGNERS else MOST_REPRESENTATIVES
    return range(1, most + 1)


def check_representatives(signer_count: int, representative_count: int) -> None:
    """Errors: BadInput("representatives") when the group may not be represented by so many."""
    allowed = representatives_allowed(signer_count)
    if representative_count not in allowed:
        raise BadInput(
            "representatives",
            f"{signer_count} người cùng nội dung: cử từ {allowed[0]} đến {allowed[-1]} người đại diện trong số họ.",
            signers=signer_count,
            representatives=representative_count,
        )


def what_is_wrong_with_the_group(filed: PetitionFiled) -> str:
    """Why the representation is not as the law wants it; empty when it is.

    Whether all of a few complainants have to sign is a dated rule of its own (R22a).
    """
    known, signers = filed.known, filed.signer_count
    has_own_rule = filed.kind is PetitionKind.COMPLAINT and not is_large_group(filed)
    if signers > 1 and known.have_all_signed is False and not has_own_rule:
        return f"{signers} người cùng nội dung, chưa đủ chữ ký của mọi người."
    if not is_large_group(filed):
        return ""
    if not filed.has_representatives:
        return f"{signers} người cùng nội dung, chưa cử người đại diện."
    if known.are_representatives_petitioners is False:
        return "Người đại diện phải là một trong những người cùng nội dung."
    allowed = representatives_allowed(signers)
    if known.representative_count is not None and known.representative_count not in allowed:
        return f"{signers} người chỉ được cử từ {allowed[0]} đến {allowed[-1]} người đại diện."
    return ""
