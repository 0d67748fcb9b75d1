"""What samples say of the distance of their laws: confidence intervals, and the bias of a sampled reference."""
