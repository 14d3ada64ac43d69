"""Where things lie in a container, and by which labels what was made here is known again.

``HIDDEN`` is a directory of the image that only root may pass: behind it lie what process 1 is made of and the door
through which it speaks to the runtime. A program of a sandbox never gets there.
"""

from __future__ import annotations

IMAGE = "lambda-lab/sandbox:1"
"""The image that sandboxes are made from, with the number of its recipe; `python -m runtime image build` makes it."""
RECIPE_LABEL = "lambda-lab.recipe"
OWNER_LABEL = "lambda-lab.owner"
"""The mark of the runtime (``owner.py``) that made a container."""

HIDDEN = "/usr/lib/lambda-lab"
MODULES = f"{HIDDEN}/runtime"
DOOR = f"{HIDDEN}/door"
SOCKET = "socket"
"""The name of the listening socket in the directory of the door."""
