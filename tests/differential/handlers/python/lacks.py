"""A module that imports what is not there."""

import what_is_not_there  # noqa: F401
