"""Who is in an offering: entering, waiting, leaving, finishing.

Everything that changes an enrollment first locks the offering's seat row: that lock is the order of arrival, it guards
the counts, and it makes a second lock on enrollment rows unnecessary. The operations are in
`entering`, `acting`, `completing` and `moving`; `situations` reads what a decision needs, `writing` writes what was
decided in one statement, `audit` counts again.
"""
