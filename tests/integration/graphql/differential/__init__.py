"""A second, plain reading of GraphQL over rows, to compare the compiled one with."""
