"""Text and lines made from rows: pure, and shared by the screen and the command line."""
