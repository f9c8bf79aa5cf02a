"""What a reviewer can send: decisions, handing a task on, approving several together."""
