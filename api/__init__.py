"""HTTP and GraphQL: from a request's bytes to an answer's bytes."""
