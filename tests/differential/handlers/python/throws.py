"""A module that raises when it is loaded."""

raise ValueError("thrown")
