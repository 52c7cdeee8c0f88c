"""The ground: what the services say to each other, and the law they share."""
