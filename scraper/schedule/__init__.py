"""When to come back, and whether an outlet still yields what it used to. Pure."""
