"""What schemathesis cannot know by itself: how our scalars are written."""

from graphql import StringValueNode
from hypothesis import strategies as st
from schemathesis import graphql


def _text(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    return strategy.map(lambda value: StringValueNode(value=value))


graphql.scalar("Date", _text(st.dates().map(str) | st.text(max_size=12)))
graphql.scalar(
    "DateTime", _text(st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | st.text(max_size=12))
)
graphql.scalar("Decimal", _text(st.decimals(allow_nan=True).map(str) | st.text(max_size=12)))
