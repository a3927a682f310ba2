"""What people may ask of their data, and what goes by itself when its term is over."""
