"""Reading a sweep file: from YAML to a checked sweep and the configs of its trials."""
