"""Reading a OneRoster 1.2 CSV file set (or its SDS v2.1 relative) into typed records and named faults.

`reading` bytes to rows · `values` cells to values · `files` what each file holds · `manifest` which files count ·
`references` what points where · `validating` all of it · `records` the result · `faults` what was wrong ·
`wording` what the set calls its columns.
"""
