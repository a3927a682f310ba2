"""The states of the addresses about complaints: figures."""
