"""The commands of the command line, each a function whose parameters are its arguments."""
