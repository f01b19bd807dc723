"""From a YAML file to a checked sweep and the configs of its trials."""
