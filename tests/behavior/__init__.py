"""What users and scripts rely on, pinned through the command line."""
