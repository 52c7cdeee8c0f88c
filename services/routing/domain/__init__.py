"""Routing's decisions: values in, state and facts out. No I/O, no clock.

``law``         what every decision looks things up in      ``competence``  who may settle
``outcome``     the routing matrix: petition → next lawful step and clocks
``deadlines``   the clocks of a case: started, extended, suspended, ended, watched
``case``        the state and the closed table of transitions
``opening``     from heard petitions to cases               ``rerouting``   looked at anew
``acts``        what officers do
``escalation``  the superior, and what time alone brings    ``explain``     the same functions, told
"""
