"""The operations that the commands and the HTTP service share, such as launch, resume and stop. Nothing here prints."""
