"""Conditions in CEL that admins write about proposals: what they may speak of, and how they are answered. Pure."""
