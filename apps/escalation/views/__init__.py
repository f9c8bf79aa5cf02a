"""Pages of escalation. Offices read all of them, leads and named people what is about their own work; admins change
chains and close incidents.
"""
