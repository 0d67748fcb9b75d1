"""Transport distances that a formula gives."""
