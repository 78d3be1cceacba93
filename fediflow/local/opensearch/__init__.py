"""A real OpenSearch on this machine: its jars by Maven, once, and a server that ends when we end."""
