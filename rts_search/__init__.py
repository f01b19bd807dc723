"""The service: sweep files, the study, tuning on Ray, tables, export and the command line."""
