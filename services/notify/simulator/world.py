"""What the simulated providers remember: messages, tokens, counts, and a clock that can be moved."""

import asyncio
import hashlib
import heapq
import itertools
import math
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import NormalDist
from typing import Final
from zoneinfo import ZoneInfo

from services.notify.simulator.settings import NIGHT_FROM, NIGHT_TO, Account, Fault, Profile, Scenario

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_P99: Final = NormalDist().inv_cdf(0.99)
_TIMINGS_KEPT: Final = 20_000


@dataclass(slots=True)
class Message:
    """A message a provider took."""

    number: int
    profile: Profile
    message_id: str
    request_id: str
    phone: str
    template: str
    text: str
    at: datetime
    sender: str = ""
    callback: str = ""
    delivered: int = 0
    delivered_at: datetime | None = None
    receipts: int = 0
    will_be_delivered: bool = True


class SimClock:
    """The simulator's time: the machine's, moved by ``advance``."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def advance(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)
        self._moved.set()

    async def moved_or(self, seconds: float | None) -> None:
        """Return when the clock was moved or so much time has passed."""
        self._moved.clear()
        try:
            await asyncio.wait_for(self._moved.wait(), seconds)
        except TimeoutError:
            return

    def stir(self) -> None:
        """Look again: something new was put on the agenda."""
        self._moved.set()


class Agenda:
    """Things to do at a time of the simulated clock."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._under_way: set[asyncio.Task[None]] = set()

    def add(self, after_seconds: float, deed: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._heap, (self._clock.now() + timedelta(seconds=after_seconds), next(self._order), deed))
        self._clock.stir()

    def clear(self) -> None:
        self._heap.clear()

    async def run(self) -> None:
        """Do what is due, for ever."""
        while True:
            while self._heap and self._heap[0][0] <= self._clock.now():
                task = asyncio.create_task(_done(heapq.heappop(self._heap)[2]))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            wait = (self._heap[0][0] - self._clock.now()).total_seconds() if self._heap else None
            await self._clock.moved_or(None if wait is None else max(0.0, wait))


async def _done(deed: Callable[[], Awaitable[None]]) -> None:
    await deed()


@dataclass
class World:
    """All memory of one simulator."""

    seed: str
    account: Account
    scenario: Scenario
    clock: SimClock = field(default_factory=SimClock)
    messages: list[Message] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    strikes: Counter[int] = field(default_factory=Counter)
    used_refresh: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    seconds: Counter[int] = field(default_factory=Counter)
    days: Counter[tuple[Profile, date]] = field(default_factory=Counter)
    minutes: dict[Profile, deque[datetime]] = field(default_factory=lambda: {"zalo": deque(), "esms": deque()})
    requests: dict[tuple[Profile, str], list[datetime]] = field(default_factory=dict)
    texts: dict[tuple[str, str], datetime] = field(default_factory=dict)
    timings_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_TIMINGS_KEPT))
    is_webhook_disabled: bool = False

    def __post_init__(self) -> None:
        self.agenda = Agenda(self.clock)
        self.changed = asyncio.Condition()

    def forget(self) -> None:
        """As after a start, with the same seed and scenario."""
        self.agenda.clear()
        self.messages.clear()
        for memory in (self.codes, self.findings, self.calls, self.strikes, self.seconds, self.days):
            memory.clear()
        for recent in self.minutes.values():
            recent.clear()
        self.requests.clear()
        self.texts.clear()
        self.used_refresh.clear()
        self.revoked.clear()
        self.timings_ms.clear()
        self.is_webhook_disabled = False

    def chance(self, *what: object) -> float:
        """A number in (0, 1) that belongs to the seed and to what it is asked for."""
        digest = hashlib.sha256("\x1f".join([self.seed, *map(str, what)]).encode()).digest()
        return (int.from_bytes(digest[:8], "big") + 0.5) / 2**64

    def lognormal(self, p50: float, p99: float, *what: object) -> float:
        """A draw from the lognormal distribution with these two quantiles."""
        if p50 <= 0:
            return 0.0
        sigma = math.log(max(p99 / p50, 1.0)) / _P99
        return p50 * math.exp(sigma * NormalDist().inv_cdf(self.chance(*what)))

    def nth(self, profile: Profile, phone: str) -> int:
        """Count a call and say the how manieth of this profile and number it is."""
        key = f"{profile}:{phone}"
        self.calls[key] += 1
        return self.calls[key]

    def fault_for(self, profile: Profile, phone: str, template: str, nth: int) -> Fault | None:
        """The first fault of the scenario that strikes this call; counts the strike."""
        for number, fault in enumerate(self.scenario.faults):
            match, action = fault.match, fault.action
            if (
                match.profile in {None, profile}
                and match.phone in {None, phone}
                and match.template in {None, template}
                and match.nth in {None, nth}
                and (action.times is None or self.strikes[number] < action.times)
            ):
                self.strikes[number] += 1
                return fault
        return None

    def take(
        self, profile: Profile, *, request_id: str, phone: str, template: str, text: str, sender: str, callback: str
    ) -> Message:
        """Accept a message: it stands in the ledger from now on."""
        number = len(self.messages) + 1
        message = Message(
            number=number,
            profile=profile,
            message_id=self._message_id(profile, request_id, number),
            request_id=request_id,
            phone=phone,
            template=template,
            text=text,
            at=self.clock.now(),
            sender=sender,
            callback=callback,
            will_be_delivered=self.chance("never", phone, request_id) >= self.scenario.never_delivered_share,
        )
        if self.is_night():
            self.findings["night_sends"] += 1
        self.messages.append(message)
        self._count(message)
        return message

    def _count(self, message: Message) -> None:
        self.seconds[int(message.at.timestamp())] += 1
        self.days[message.profile, day_of(message.at)] += 1
        self.minutes[message.profile].append(message.at)
        self.requests.setdefault((message.profile, message.request_id), []).append(message.at)
        self.texts[message.phone, message.text] = message.at

    async def tell(self) -> None:
        """Wake who waits for the ledger to grow."""
        async with self.changed:
            self.changed.notify_all()

    def is_night(self) -> bool:
        """True from 22:00 to 06:00 in Vietnam."""
        clock = self.clock.now().astimezone(VIETNAM).time()
        return clock >= NIGHT_FROM or clock < NIGHT_TO

    def sent_today(self, profile: Profile) -> int:
        """Messages of a profile since local midnight."""
        return self.days[profile, day_of(self.clock.now())]

    def sent_last_minute(self, profile: Profile) -> int:
        """Messages of a profile in the last sixty seconds."""
        recent, since = self.minutes[profile], self.clock.now() - timedelta(minutes=1)
        while recent and recent[0] < since:
            recent.popleft()
        return len(recent)

    def duplicates(self) -> int:
        """Messages beyond the first with one request id."""
        return sum(len(times) - 1 for times in self.requests.values())

    def _message_id(self, profile: Profile, request_id: str, number: int) -> str:
        return hashlib.sha256(f"{self.seed}/{profile}/{request_id}/{number}".encode()).hexdigest()[:24]


def day_of(moment: datetime) -> date:
    """The day in Vietnam."""
    return moment.astimezone(VIETNAM).date()
