"""Routes that solve a transport problem and certify the solution."""
