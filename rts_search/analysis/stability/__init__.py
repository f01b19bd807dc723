"""How steadily each method trains: spread over epochs and seeds, spikes of the loss, gradient norms, diverged runs."""
