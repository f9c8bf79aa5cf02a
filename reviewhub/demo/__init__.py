"""The demo organisation, Northwind Care: its configuration, believable cases, a past, and agents that go on."""
