"""The service: sweeps over HTTP, and pages to watch them."""
