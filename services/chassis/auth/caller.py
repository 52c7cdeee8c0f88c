"""Who is calling: from an access token, never from the request."""

from dataclasses import dataclass

from contracts.errors import Forbidden
from contracts.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or device behind a valid access token.

    ``subject`` is the issuer's opaque id (never a name); ``unit`` bounds what an officer may see: it and all below.
    """

    subject: str
    roles: frozenset[Role]
    unit: str | None

    def must_be(self, *roles: Role) -> None:
        """Errors: Forbidden("wrong_function") when the caller has none of these functions."""
        if not self.roles.intersection(roles):
            raise Forbidden(
                "wrong_function",
                "Tài khoản không có chức năng thực hiện việc này.",
                needed=", ".join(sorted(roles)),
            )

    @property
    def is_officer(self) -> bool:
        """True for everyone who acts for a unit."""
        return self.unit is not None
