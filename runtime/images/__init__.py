"""The image that sandboxes of the docker backend are made from: its recipe, and what makes it."""
