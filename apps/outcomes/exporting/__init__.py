"""Writes event logs in the languages of other tools, event by event: what is written is never in memory as a whole."""
