"""Expected W1 of a sample and its law: rates with every constant explicit."""
