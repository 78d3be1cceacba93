"""Home timelines, written when something is published (docs/decisions/0013-timelines-are-written.md).

`entries` writes and takes away what stands in people's timelines, `conversations` keeps who is part of which thread,
`consumer` does both for the events of the outbox, `operations` are what people do.
"""
