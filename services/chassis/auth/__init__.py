"""Who is calling: OIDC access tokens of one issuer, checked here and nowhere else.

``caller``        what a door gets to know            ``scope``   which units a caller may see
``tokens``        the checks of an access token       ``keys``    the issuer's keys: fetched, kept, refreshed
``local_issuer``  an issuer for ``make run`` and tests, on loopback only
"""

from services.chassis.auth.caller import Caller

__all__ = ["Caller"]
