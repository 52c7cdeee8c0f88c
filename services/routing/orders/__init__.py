"""What officers may order: for each act its fields, its functions, and the decision it leads to."""

from collections.abc import Sequence
from typing import Final

from services.routing.orders.finding import ParticularsNote
from services.routing.orders.linking import DuplicateLink, EarlierLink, Unlink
from services.routing.orders.order import Circumstances, Order
from services.routing.orders.receiving import (
    Acceptance,
    Declining,
    Guidance,
    ReceptionRefused,
    Splitting,
    SupplementRequest,
    Transfer,
)
from services.routing.orders.settling import (
    Closing,
    Confirmation,
    DecisionReceived,
    DialogueHeld,
    DialoguePlan,
    Discontinuance,
    Extension,
    Resumption,
    Settlement,
    Suspension,
    TaskDone,
)
from services.routing.orders.superiors import (
    CompetenceDecision,
    CompetenceRefusal,
    DelayExplanation,
    Escalation,
    Inspection,
    Instruction,
    OverdueReport,
    Report,
    ReportDemand,
    Urging,
)

ORDERS: Final[Sequence[type[Order]]] = (
    Acceptance,
    Guidance,
    Splitting,
    Transfer,
    Declining,
    SupplementRequest,
    Extension,
    Suspension,
    Resumption,
    Settlement,
    Confirmation,
    Escalation,
    Closing,
    DecisionReceived,
    DialoguePlan,
    DialogueHeld,
    Discontinuance,
    DelayExplanation,
    TaskDone,
    DuplicateLink,
    Unlink,
    EarlierLink,
    CompetenceRefusal,
    CompetenceDecision,
    Urging,
    OverdueReport,
    ReportDemand,
    Report,
    Inspection,
    Instruction,
    ReceptionRefused,
    ParticularsNote,
)

__all__ = ["ORDERS", "Circumstances", "Order"]
