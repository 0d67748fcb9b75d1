"""What was computed, kept and read: the store, tables of its rows, published rows."""
