"""The states of the addresses about complaints: register."""
