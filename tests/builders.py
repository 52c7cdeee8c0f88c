"""Readable defaults, one override per test. Persons, letters and facts are invented; the names say so."""

from typing import Any

from contracts.vocabulary import Channel, MatterField, PetitionKind, RespondentPost
from services.intake.domain import PetitionDraft, Petitioner, PetitionText

_PERSON = {
    "full_name": "Nguyễn Văn Thử",
    "personal_number": "040085000123",
    "address": "xóm Sen, xã Kim Liên",
    "phone": "0912345678",
}


def a_draft(**said: Any) -> PetitionDraft:
    """Nguyễn Văn Thử complains at the counter of xã Kim Liên about its chairman's decision."""
    person = _PERSON | {name: said.pop(name) for name in tuple(said) if name in _PERSON}
    return PetitionDraft(
        **{
            "kind": PetitionKind.COMPLAINT,
            "channel": Channel.COUNTER,
            "received_by": "xa-17971",
            "matter_field": MatterField.LAND,
            "matter_unit": "xa-17971",
            "respondent_unit": "xa-17971",
            "respondent_post": RespondentPost.HEAD,
            "petitioner": Petitioner(**person),
            "content": PetitionText(
                summary="Khiếu nại quyết định giả định", text="Nội dung giả định.", requests=("Xem xét lại",)
            ),
            **said,
        }
    )
