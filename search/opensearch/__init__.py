"""The engine in OpenSearch."""
