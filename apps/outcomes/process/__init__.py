"""The picture of a process: what follows what in a log, laid out and drawn."""
