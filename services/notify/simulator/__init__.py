"""The gateway simulator: Zalo (token, ZBS template messages, receipts) and eSMS, as their documents describe them.

One process, memory only, deterministic by seed. Base addresses ``/zalo-oauth``, ``/zalo-biz`` and ``/esms`` stand in
for the providers' hosts, so that one setting per provider switches between real and simulated. Chosen recipients behave
badly on purpose (``recipients``); ``/__sim`` is the control plane. Source: reference/notify.md §1, §2.3, §6.

Kept apart from the sender on purpose: it checks requests with its own code, not with ours.
"""
