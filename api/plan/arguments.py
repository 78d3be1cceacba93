"""A field's arguments: what is known when the plan is compiled (which are given) and what only a request knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    value_from_ast,
)

from api.plan.plan import Binder, Inputs
from api.plan.refusals import refused
from api.plan.selection import Selected
from kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or a member of one: a constant of the document, or a path into a variable."""

    name: str
    type: GraphQLInputType
    node: ValueNode | None
    default: Any
    field: Selected
    path: tuple[str, ...] = ()

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Its value with these variables; None where it is not given.

        Validation lets a nullable variable with a default stand where null may not: that it is null shows only here.
        """
        value = self._read(variables)
        if value is Undefined or (value is None and isinstance(self.type, GraphQLNonNull)):
            raise InvalidInput(
                f"{self.name} is no {self.type}: a variable in it is null, or a number is too large",
                path=[self.name],
                argument=self.name,
            )
        return value

    def _read(self, variables: Mapping[str, Any]) -> Any:
        if self.node is None:
            return self.default
        if isinstance(self.node, VariableNode):
            return _step(variables.get(self.node.name.value, self.default), self.path)
        return value_from_ast(self.node, self.type, dict(variables))

    def member(self, name: str) -> "Argument":
        """A member of an input object."""
        type_ = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        assert isinstance(type_, GraphQLInputObjectType)
        member_type = type_.fields[name].type
        default = self.default.get(name) if isinstance(self.default, dict) else None
        if isinstance(self.node, ObjectValueNode):
            node = next((field.value for field in self.node.fields if field.name.value == name), None)
            return Argument(name, member_type, node, default, self.field)
        if isinstance(self.node, VariableNode):
            return replace(self, name=name, type=member_type, path=(*self.path, name))
        return Argument(name, member_type, None, default, self.field)

    @property
    def is_constant(self) -> bool:
        """Whether the document itself says it: no variable is in it."""
        return not _has_variables(self.node)

    def binder(self, convert: Callable[[Any], Any]) -> Binder:
        """Binds its converted value; a constant is converted now, so a wrong one never becomes a plan."""

        def bind(inputs: Inputs) -> Any:
            try:
                return convert(self.value(inputs.variables))
            except InvalidInput as error:
                raise refused(error, self.field) from error

        if not self.is_constant:
            return bind
        constant = convert(self.value({}))
        return lambda inputs: constant


def arguments(selected: Selected) -> dict[str, Argument]:
    """All declared arguments of a field by name."""
    given = {argument.name.value: argument.value for argument in selected.nodes[0].arguments or ()}
    return {
        name: Argument(
            name,
            declared.type,
            given.get(name),
            None if declared.default_value is Undefined else declared.default_value,
            selected,
        )
        for name, declared in selected.definition.args.items()
    }


def constant(value: Any) -> Binder:
    """Binds the same value for every request."""

    def bind(inputs: Inputs) -> Any:
        return value

    return bind


def _has_variables(node: ValueNode | None) -> bool:
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ObjectValueNode):
        return any(_has_variables(field.value) for field in node.fields)
    return any(_has_variables(value) for value in getattr(node, "values", ()))


def _step(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value
