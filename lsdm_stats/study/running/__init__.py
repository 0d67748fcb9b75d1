"""What is computed, in which order and where: cells, workers, replicates until precise."""
