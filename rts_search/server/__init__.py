"""The HTTP service: an API to run sweeps, and pages to launch and watch them."""
