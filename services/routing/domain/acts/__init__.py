"""What officers do with a case. Each: the case and the order in, the case and what is said out; else ``Refused``.

``by`` is the body the officer acts for. Every change of status goes through the closed table of ``transitions``.
"""

from services.routing.domain.acts.after import (
    confirm,
    discontinue,
    do_task,
    explain_delay,
    hold_dialogue,
    plan_dialogue,
    receive_decision,
)
from services.routing.domain.acts.competence_dispute import decide_competence, refuse_competence
from services.routing.domain.acts.findings import competence_finding, note_particulars
from services.routing.domain.acts.first_steps import (
    accept,
    decline,
    guide,
    request_chair,
    split,
    transfer,
)
from services.routing.domain.acts.links import link_duplicate, link_earlier, linked_from, unlink, unlinked_from
from services.routing.domain.acts.reception import RefusalFile, refuse_reception
from services.routing.domain.acts.settlement import close, extend, resume, settle, suspend
from services.routing.domain.acts.shared import Decided
from services.routing.domain.acts.superiors import (
    demand_report,
    instruct,
    order_inspection,
    report,
    report_overdue,
    urge,
)
from services.routing.domain.acts.supplements import request_supplement

__all__ = [
    "Decided",
    "RefusalFile",
    "accept",
    "close",
    "competence_finding",
    "confirm",
    "decide_competence",
    "decline",
    "demand_report",
    "discontinue",
    "do_task",
    "explain_delay",
    "extend",
    "guide",
    "hold_dialogue",
    "instruct",
    "link_duplicate",
    "link_earlier",
    "linked_from",
    "note_particulars",
    "order_inspection",
    "plan_dialogue",
    "receive_decision",
    "refuse_competence",
    "refuse_reception",
    "report",
    "report_overdue",
    "request_chair",
    "request_supplement",
    "resume",
    "settle",
    "split",
    "suspend",
    "transfer",
    "unlink",
    "unlinked_from",
    "urge",
]
