"""What people give to be published: the rules that need no database, and the form in which drafts are kept."""

import orjson
import pytest

from federation.content.composing import TextFormat
from federation.posts.model import (
    GroupRef,
    NewPost,
    as_document,
    checked_title,
    from_document,
    require_visibility,
)
from federation.tables.posts import POST_VISIBILITIES
from kernel.errors import InvalidInput

FULL = NewPost(
    "Text",
    format=TextFormat.MARKDOWN,
    visibility="unlisted",
    language="de",
    title="T",
    content_warning="W",
    is_sensitive=True,
    in_reply_to_id=2**62,
    on_behalf_of=GroupRef(course_id=1),
    in_group=GroupRef(actor_id=2),
    mentioned_ids=(3, 4),
)


@pytest.mark.parametrize("post", [FULL, NewPost("Text"), NewPost("", visibility="direct")])
def test_a_draft_comes_back_as_it_was_kept(post: NewPost) -> None:
    assert from_document(orjson.loads(orjson.dumps(as_document(post)))) == post


@pytest.mark.parametrize("document", [{"colour": 1}, {"format": "word"}, {"on_behalf_of": {"club": 1}}])
def test_a_draft_in_an_unknown_form_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="save it again"):
        from_document(document)


@pytest.mark.parametrize("parent", POST_VISIBILITIES)
def test_an_answer_may_always_be_direct(parent: str) -> None:
    require_visibility("direct", parent)


@pytest.mark.parametrize("visibility", ["", "everybody", "PUBLIC"])
def test_a_visibility_is_one_of_the_closed_set(visibility: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_visibility(visibility, None)
    assert refused.value.details["path"] == ["input", "visibility"]


@pytest.mark.parametrize(("given", "kept"), [(None, None), ("  ", None), (" A title ", "A title")])
def test_a_title_has_no_blanks_at_its_ends(given: str | None, kept: str | None) -> None:
    assert checked_title(given) == kept


@pytest.mark.parametrize("given", ["two\nlines", "x" * 501, "bell\a"])
def test_a_title_is_one_line(given: str) -> None:
    with pytest.raises(InvalidInput):
        checked_title(given)
