"""What ``ethical-lens demo`` shows: scenes, what became of them, and the page about it."""
