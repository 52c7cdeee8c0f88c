"""The five ways to say no. Meaning only: no transport, no status code, no storage.

    TiepdanError
    ├── Refused       the law or the state of the thing forbids it; expected, not an incident
    │   ├── BadInput  what was sent cannot be right, whatever the state
    │   └── Conflict  somebody else acted first, or the same name was used for other content
    ├── NotFound      not there, or not yours: the two are never told apart
    ├── Forbidden     we know who you are, and this is not your function
    └── Unavailable   a neighbour (store, bus, provider) is away; the same call may work later
        └── NoRoom    … because a disk or a store is full

Anything else that is raised is a bug.
"""


class TiepdanError(Exception):
    """A refusal with a code for machines and a Vietnamese sentence for people.

    ``code`` is lower snake case and stable; ``sentence`` never carries a person. ``facts`` are ids,
    numbers and codes that help whoever reads the answer.
    """

    def __init__(self, code: str, sentence: str, **facts: str | int) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.facts = facts


class Refused(TiepdanError):
    """The law or the state of the thing forbids it."""


class BadInput(Refused):
    """What was sent cannot be right, whatever the state."""


class Conflict(Refused):
    """Somebody else acted first, or a name was used again for other content."""


class NotFound(TiepdanError):
    """Not there, or not in the caller's scope."""


class Forbidden(TiepdanError):
    """The caller is known, but this is not the caller's function."""


class Unavailable(TiepdanError):
    """A neighbour is away; ``retry_after_seconds`` says when another try makes sense."""

    def __init__(self, code: str, sentence: str, retry_after_seconds: int = 5, **facts: str | int) -> None:
        super().__init__(code, sentence, **facts)
        self.retry_after_seconds = retry_after_seconds


class NoRoom(Unavailable):
    """A disk or a store is full: nothing was kept of this call, and somebody has to make room before it works."""
