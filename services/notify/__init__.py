"""notify: tells people what happened, by Zalo and SMS, once, and never more than they may know.

``domain``    templates, composition, pace and the life of a notice: pure      ``templates``  the dated texts, as data
``handlers``  facts in        ``dispatch``  due notices out        ``senders``  the providers' wires
``api``       officers' view and the providers' receipts          ``simulator``  both providers, for tests and the demo
"""
