"""The servers and processes of a FediFlow that runs on one machine."""
