"""What a learner sees: cards, pictures and dials as static HTML, and live widgets, all in one visual language."""
