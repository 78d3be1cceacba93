"""The academic rules, pure: no I/O, no clock, no database. Callers pass what they know and get a decision.

`states` what may follow what · `enrolling` who gets in · `refusals` why not · `seats` counts and promotion ·
`windows` who may enrol when · `dates` which dates hold · `languages` tags and texts · `catalogue` a course's facts.
"""
