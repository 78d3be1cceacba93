"""Walks a document's syntax tree."""

from collections.abc import Callable, Iterator

from graphql import Node


def nodes_within(root: Node, *, leave_out: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """The node and all below it, in no promised order; fragments that it spreads are not below it."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if leave_out is not None and leave_out(node):
            continue
        yield node
        for key in node.keys:
            child = getattr(node, key, None)
            if isinstance(child, Node):
                waiting.append(child)
            elif isinstance(child, list | tuple):
                waiting.extend(child)
