"""Where the service starts the drivers of sweeps: as local processes, or as Ray Jobs."""
