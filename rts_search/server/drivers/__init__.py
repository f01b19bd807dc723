"""The two ways in which the service starts the drivers of sweeps: as local processes, or as Ray Jobs."""
