"""Texts of posts and profiles, pure: no I/O, no database.

`composing` what people here type to HTML, with mentions and hashtags · `receiving` foreign HTML, sanitised · `sanitising`
the one list of what HTML may hold · `pieces`, `handles`, `hashtags` what is found in a text · `plain_text` HTML back to
text, its links, and previews.
"""
