"""Pages of calendars and SLA policies. Any signed-in person may read them; admins change them."""
