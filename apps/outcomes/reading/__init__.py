"""Reads event logs row by row, without a database: what a row says, or why it says nothing."""
