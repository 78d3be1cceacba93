"""HTTP at the edge: GraphQL over HTTP, who is asking and of which tenant, health and metrics."""
