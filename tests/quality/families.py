"""The fixed split of the labelled services: which family, which fold, held out or not."""

import hashlib
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDS = 5


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("families.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _families() -> dict[str, str]:
    return {service: family for family, services in _data()["families"].items() for service in services}


@lru_cache(maxsize=1)
def _folds() -> dict[str, int]:
    return {family: int(fold) for fold, families in _data()["folds"].items() for family in families}


def family_of(service: str) -> str:
    """Return the corporate family of a service; a service without relatives is its own."""
    return _families().get(service, service)


def is_held_out(service: str) -> bool:
    """Say whether the service belongs to the part that is only reported."""
    return family_of(service) in _data()["held_out"]


def fold_of(service: str) -> int:
    """Return the fold, 0 to 4, in which the service is predicted by a model that never saw its family."""
    family = family_of(service)
    hashed = int.from_bytes(hashlib.sha256(family.encode()).digest()[:4], "big") % FOLDS
    return _folds().get(family, hashed)
