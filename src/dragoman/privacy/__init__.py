"""Personal data: found by the rules of each country, masked, and put back."""

from __future__ import annotations

from dragoman.privacy.find import Found, find
from dragoman.privacy.mask import Masked, Restoring, has_names, hide, mask, restore

__all__ = ["Found", "Masked", "Restoring", "find", "has_names", "hide", "mask", "restore"]
