"""The providers' wires: Zalo (ZBS template messages) and eSMS, with their tokens and circuits."""

from services.notify.senders.letter import Gateway, Letter
from services.notify.senders.sms import SmsSender
from services.notify.senders.zalo import ZaloSender

__all__ = ["Gateway", "Letter", "SmsSender", "ZaloSender"]
