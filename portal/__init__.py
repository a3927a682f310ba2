"""The client feedback portal of a Dutch local social team."""
