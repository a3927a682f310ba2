"""Keeping no longer than needed: what goes when, what is held, and the proof of what went."""
