"""Delivery: what happens between Kafka and a handler.

``heard``    what a handler gets               ``lanes``    order inside a key, concurrency across keys
``inbox``    positions, held and parked keys    ``letters``  dead letters: write, list, show, replay
"""
