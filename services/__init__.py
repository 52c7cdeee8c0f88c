"""The house: the chassis that every service carries, and the five services on it."""
