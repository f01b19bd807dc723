"""What the commands and the HTTP service do: launch, resume, look up, stop and clean sweeps. Nothing here prints."""
