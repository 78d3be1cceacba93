"""The GraphQL schema, declared with Strawberry: types only. What is behind a field, entities and bindings say."""
