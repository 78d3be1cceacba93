"""What counts how much in a score. Measured on XQuAD-R and on known items out of real catalogues (`./dev bench search`)."""

# A language's words count 1; the same words otherwise cut, beside them.
BEGINNINGS = 0.5
PAIRS = 0.3
GRAMS = 0.2
TITLE = 1.5

# All languages together, where the query's own language found less.
ANY = 0.5
ANY_TITLE = 0.75
# Of the languages that did not fit best.
OTHER_LANGUAGES = 0.1

UNFINISHED = 0.5
# The words of a title in their order, the last one unfinished; and all of a title.
IN_ORDER = 0.5
WHOLE_TITLE = 5.0
# Two letters of a language without spaces.
EAST_ASIAN = 0.3
LATIN = 0.5
MISSPELT = 0.2
MISSPELT_TITLE = 0.5
SYNONYM = 0.8

# Beyond whatever words may reach.
EXACT_CODE = 1_000.0
CODE_BEGINNING = 3.0
PINNED = 1_000_000.0
