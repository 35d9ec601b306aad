"""The filter language: parsing, SQL, ordering, and completion."""
