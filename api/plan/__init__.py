"""From a GraphQL document to SQL: one statement per root field, compiled once, cached, and bound per request."""
