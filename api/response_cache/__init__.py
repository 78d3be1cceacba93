"""Answers of the public catalogue, kept in memory and in Redis, and never older than the last acknowledged write.

A write gives its tenant another version before it answers; the worker does the same for every change it finds in the
outbox, and renews a lease of 1.5 s with it. An answer is served only while Redis, asked after the request came, shows the
lease and the version that was read before the answer was queried. So a writer that cannot reach Redis waits 2 s: by then
the lease has ended, or was renewed by a worker who had seen the write.
"""
