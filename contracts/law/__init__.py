"""The law the services share, as dated data and pure functions.

``calendar``     working days of state offices, with swaps, overrides and switches; every day explains itself
``plans``        the calendar with the plans a province entered, and what each of them changed
``catalogue``    rules, clocks, regimes and transitions as dated data with their articles
``authorities``  who manages a field, and where matters outside the administration go
``settings``     what is unsure or left to the province: named settings with their questions
``rows``         what the rows of the tables are made of; ``terms``: the closed lists they are written in
``settled``      rows with the settings of this installation filled in
``checks``       what tables may never have; ``source`` reads them and refuses with file, line and reason
``clocks``       from a clock and a start to its last day, with every skipped or excluded day by name
``secrecy``      who must not see what

The tables stand in ``data/``, for lawyers; ``docs/law.md`` shows them with their tests.
"""
