"""Reactions: `likes` and `announces` are the rows and their exact counts, `operations` what people do."""
