"""What a trial runs: the training core (torch only) and the door through which Ray enters it."""
