from collections import Counter, defaultdict
from uuid import UUID

from prometheus_client.parser import text_string_to_metric_families

from contracts.facts.envelope import Envelope, first_break
from contracts.facts.intake import PetitionFiled
from contracts.facts.notify import NoticeDelivered, NoticeFailed, NoticeSent
from contracts.facts.public import PublicCaseFact
from contracts.facts.recording import RecordingStored
from contracts.facts.routing import CaseEscalated, CaseFact, CaseOpened
from contracts.streams import BY_NAME
from contracts.vocabulary import EscalationReason, NoticeChannel, PetitionKind
from deploy.demo.story import NAMES, PERSONAL_NUMBER, PHONES, WORDS
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from services.routing.domain.statistics.record import CaseRecord
from services.routing.records import CASE_RECORDS, SESSION_RECORDS, folded
from services.routing.store import CASES
from tests.journeys.walking import Walked

CANARIES = (*NAMES.values(), *PHONES.values(), *(f"84{phone[1:]}" for phone in PHONES.values()), PERSONAL_NUMBER, WORDS)
SERIES_MAX = 2_000
TELLING_WORDS = ("tố cáo", "to cao", "khiếu nại", "Đô Lương", "Do Luong", "UBND", "Tiếp công dân", "TCD ")


def test_every_chain_on_the_bus_is_whole(walked: Walked) -> None:
    chains: dict[tuple[str, str], list[Envelope]] = defaultdict(list)
    for envelope, _ in walked.facts:
        chains[envelope.stream, envelope.subject].append(envelope)

    broken = {key: first_break(sorted(chain, key=lambda envelope: envelope.sequence)) for key, chain in chains.items()}

    assert broken
    assert not {key: sequence for key, sequence in broken.items() if sequence is not None}


def test_every_petition_has_exactly_one_case(walked: Walked) -> None:
    filed = Counter(fact.petition_id for _, fact in walked.facts if isinstance(fact, PetitionFiled))
    opened = Counter(fact.petition_id for _, fact in walked.facts if isinstance(fact, CaseOpened))

    receipts = (UUID(receipt["petition_id"]) for receipt in walked.figures.petitions.values())
    assert opened == filed == Counter(receipts)


def test_the_overdue_large_group_went_up_with_both_reasons(walked: Walked) -> None:
    (escalated,) = [
        fact for _, fact in walked.facts if isinstance(fact, CaseEscalated) and fact.kind is PetitionKind.COMPLAINT
    ]

    assert set(escalated.reasons) == {EscalationReason.DEADLINE_MISSED, EscalationReason.LARGE_GROUP}
    assert escalated.to_unit == "tinh-40"


def test_the_recording_of_three_points_is_sealed_without_a_gap(walked: Walked) -> None:
    (stored,) = [fact for _, fact in walked.facts if isinstance(fact, RecordingStored)]

    assert len(stored.streams) == 3
    assert stored.gap_count == 0
    assert abs(stored.duration_milliseconds - 6_000) < 200


def test_one_trace_runs_from_the_request_to_the_notice(walked: Walked) -> None:
    petition_id = UUID(walked.figures.petitions["đoàn đông người"]["petition_id"])
    trace_of = {
        type(fact): (envelope.traceparent or "").split("-")[1]
        for envelope, fact in walked.facts
        if (getattr(fact, "petition_id", None) == petition_id and isinstance(fact, PetitionFiled | CaseOpened))
        or (isinstance(fact, NoticeSent) and fact.petition_id == petition_id and fact.template.startswith("T01"))
    }

    assert set(trace_of) == {PetitionFiled, CaseOpened, NoticeSent}
    (trace_id,) = set(trace_of.values())
    names = {
        service: {s["name"] for s in walked.spans(service) if s["trace_id"] == trace_id}
        for service in ("intake", "routing", "notify")
    }
    assert any("POST" in name for name in names["intake"])
    assert names["routing"]
    assert names["notify"]


def test_a_number_without_zalo_is_told_by_sms(walked: Walked) -> None:
    petition_id = UUID(walked.figures.petitions["kiến nghị trên web"]["petition_id"])

    sent = [fact for _, fact in walked.facts if isinstance(fact, NoticeSent) and fact.petition_id == petition_id]

    assert {fact.channel for fact in sent} == {NoticeChannel.SMS}
    assert any(fact.is_fallback for fact in sent)


def test_everyone_was_told(walked: Walked) -> None:
    told = {fact.petition_id for _, fact in walked.facts if isinstance(fact, NoticeDelivered)}
    failed = [fact for _, fact in walked.facts if isinstance(fact, NoticeFailed)]

    assert told >= {UUID(receipt["petition_id"]) for receipt in walked.figures.petitions.values()}
    assert not failed


def test_the_denouncer_is_told_in_words_that_say_nothing(walked: Walked) -> None:
    told = [message for message in walked.messages if PHONES["denouncer"][1:] in str(message)]

    assert told
    for message in told:
        assert not [word for word in TELLING_WORDS if word.lower() in str(message).lower()]
        assert "zalo" not in str(message.get("profile", message)).lower()


def test_a_denunciation_has_no_public_side(walked: Walked) -> None:
    secret = UUID(walked.figures.petitions["tố cáo"]["petition_id"])
    cases = [fact for _, fact in walked.facts if isinstance(fact, CaseFact) and fact.petition_id == secret]
    opened = next(fact for fact in cases if isinstance(fact, CaseOpened))
    public = [fact for _, fact in walked.facts if isinstance(fact, PublicCaseFact)]

    assert cases
    assert public
    assert opened.public_id not in {fact.public_id for fact in public}
    assert all(
        BY_NAME[e.stream].slug == "denunciations"
        for e, f in walked.facts
        if isinstance(f, PetitionFiled) and f.petition_id == secret
    )


def test_nothing_joins_the_public_stream_with_the_inside(walked: Walked) -> None:
    public = [(e, f) for e, f in walked.facts if isinstance(f, PublicCaseFact)]
    inside = {str(value) for receipt in walked.figures.petitions.values() for value in receipt.values()}
    inside |= {str(fact.case_id) for _, fact in walked.facts if isinstance(fact, CaseFact)}

    assert public
    assert {envelope.traceparent for envelope, _ in public} == {None}
    assert not [e for e, _ in public if any(text in e.value.decode() for text in inside if len(text) > 8)]


def test_no_person_is_on_any_stream(walked: Walked) -> None:
    everything = b"\n".join(walked.records).decode(errors="replace")

    assert everything
    assert not [canary for canary in CANARIES if canary in everything]


def test_no_person_is_in_any_log_trace_or_metric(walked: Walked) -> None:
    texts = {path.name: path.read_text() for folder in ("logs", "traces") for path in (walked.data / folder).iterdir()}
    texts |= {f"metrics of {name}": text for name, text in walked.metrics.items()}

    assert len(texts) > 10
    assert not [(name, canary) for name, text in texts.items() for canary in CANARIES if canary in text]


def test_no_person_stands_in_clear_in_any_ledger(walked: Walked) -> None:
    for path in walked.data.rglob("ledger.sqlite*"):
        kept = path.read_bytes().decode(errors="replace")
        assert not [canary for canary in CANARIES if canary in kept], path.name


def test_metrics_have_few_series_and_no_ids_in_labels(walked: Walked) -> None:
    ids = {receipt[name] for receipt in walked.figures.petitions.values() for name in ("petition_id", "code")}
    for text in walked.metrics.values():
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        values = {value for sample in samples for value in sample.labels.values()}
        assert 0 < len(samples) < SERIES_MAX
        assert not values & ids


async def test_statistics_kept_on_the_way_are_what_the_history_says(walked: Walked) -> None:
    ledger = SqliteLedger(walked.data / "routing" / "ledger.sqlite")
    await ledger.open([CASES, CASE_RECORDS, SESSION_RECORDS])
    try:
        kept = await ledger.select(CASE_RECORDS.name, Where(), limit=1_000)
        history = await ledger.history(BY_NAME["tcd.cases.v1"].name, limit=10_000)
    finally:
        await ledger.close()
    assert len(kept) == len(walked.figures.petitions)
    heard = [CaseRecord.model_validate(document.state) for document in kept]
    for document, record in zip(kept, heard, strict=True):
        until = document.applied[f"cases:{document.id}"]
        said = [one for one in history if one.subject == document.id and one.sequence <= until]
        assert record.model_copy(update={"hearings": ()}) == folded(CaseRecord(case_id=record.case_id), said)
    assert any(record.hearings for record in heard), "a session heard some of them"
