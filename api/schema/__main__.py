"""`python -m api.schema` prints the schema into the repository."""

from api.schema.build import PRINTED, printed

if __name__ == "__main__":
    PRINTED.write_text(printed(), encoding="utf-8")
