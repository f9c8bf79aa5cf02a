"""Pages about people, teams and roles. Any signed-in person may read who is who; changing is for admins."""
