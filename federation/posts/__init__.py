"""Posts: `storing` writes what is published here and what comes in, `threads` joins replies and parents, `operations` are
what people do, `telling` what other servers hear of it, `drafts` what is not published yet, `publishing` makes posts of
drafts when their time has come.
"""
