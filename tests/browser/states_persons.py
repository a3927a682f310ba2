"""The states of the pages about everything about one person."""
