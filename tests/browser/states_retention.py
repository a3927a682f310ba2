"""The states of the pages about what is kept how long."""
