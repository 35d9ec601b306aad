"""Care for a register: copies of it that hold, bringing one back, and what is wrong around it."""
