"""What has to be there before anything starts: the virtual environment, locks, and the secrets of a compose house."""
