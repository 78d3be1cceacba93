"""Benchmarks: each prints one table and can write its rows as JSON."""
