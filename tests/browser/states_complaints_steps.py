"""The states of the addresses about complaints: steps."""
