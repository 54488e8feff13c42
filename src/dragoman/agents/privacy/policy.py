"""What a privacy policy looks for."""

from __future__ import annotations

from functools import lru_cache

from dragoman.privacy import Found, find
from dragoman.privacy.mask import Find
from dragoman.privacy.presidio import PresidioFind
from dragoman.settings import PrivacySettings


@lru_cache(maxsize=8)
def finder(policy: PrivacySettings) -> Find | None:
    """What finds the personal data that `policy` masks; None when it masks nowhere.

    Raises:
        ConfigurationError: Presidio is asked for and is not there.
    """
    return _Finder(policy) if policy.mask else None


class _Finder:
    """The findings that a policy is about."""

    def __init__(self, policy: PrivacySettings) -> None:
        self._policy = policy
        self._find = PresidioFind.configured(policy.presidio) if policy.presidio else find

    def __call__(self, text: str) -> list[Found]:
        """What is found in `text`, in its order, none over another."""
        return [found for found in self._find(text) if self._counts(found)]

    def _counts(self, found: Found) -> bool:
        kinds, countries = self._policy.kinds, self._policy.countries
        return (not kinds or found.kind in kinds) and (
            not (countries and found.country) or found.country in countries
        )
