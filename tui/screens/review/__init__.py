"""The screens of a review: one item at a time, its queue, its minutes, and what happened since the last one."""
