"""The floor everything stands on: no domain noun, no command."""
