"""The courses of the training runs that are compared: of every method its best settings, on every seed."""
