"""Methods at equal epochs, gradient evaluations and time, and what each needs to reach a given value."""
