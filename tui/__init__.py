"""What people see and type: the dashboard and the command line."""
