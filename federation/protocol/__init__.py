"""The language of the social web, pure: no I/O, no clock, no database.

`addresses` our URLs · `vocabulary` shared words and closed sets · `origins` who may speak for whom · `reading` foreign
documents to frozen values · `model` what we have to say · `writing` that to documents.
"""
