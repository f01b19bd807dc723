"""What is kept of a trial: the address of every epoch, its record, its state, and the store they lie in."""
