"""Delivery: what happens between Kafka and a handler.

``heard``      what a handler gets, and the table of handlers
``listening``  all ears of a service                 ``ear``       one stream: subscriber, assignment, rebalance
``inbox``      duplicates, gaps, turns, positions    ``turns``     where a fact stands; pure
``lanes``      order in a key, keys side by side     ``attempts``  retries, budgets, the stop limit
``aside``      holding, burying, parking             ``letters``   dead letters and waiting keys in the ledger
``records``    records byte for byte                 ``commands``  what operators do
"""
