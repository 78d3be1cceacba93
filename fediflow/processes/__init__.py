"""What runs: the gateway and the worker, and what both need before they may."""
