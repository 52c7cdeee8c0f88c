"""The decisions of notify. Values in, values out: no waiting, no clock, no randomness."""
