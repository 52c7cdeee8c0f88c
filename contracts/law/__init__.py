"""The law the services share, as dated data and pure functions.

``calendar``   working days of state offices, with swaps, overrides and switches
``catalogue``  rules and clocks as dated data with their articles
``rows``       what the rows of its tables are made of
``clocks``     from a clock and a start date to its last day, with every skipped day by name
``source``     reading the tables, refusing what cannot be right with file, line and reason
"""
