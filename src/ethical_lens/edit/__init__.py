"""Local remedies: what puts a picture right where something was found."""
