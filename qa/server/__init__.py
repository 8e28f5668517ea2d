"""The REST API: the same pipeline as the app and the command line, for other programs. Extra `server`."""
