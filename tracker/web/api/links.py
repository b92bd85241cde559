"""Which operations the answers of others lead to, as OpenAPI links: programs and tests can walk along them."""

import re
from collections.abc import Mapping
from typing import Any

_PARAMETER = re.compile(r"\{(\w+)\}")

#: What the first item of a list names, by the parameter of a path that it can be put into.
NAMED: Mapping[str, Mapping[str, str]] = {
    "/sources": {"source": "id"},
    "/sources/{source}/versions": {"version": "number"},
    "/sources/{source}/snapshots": {"sequence": "sequence"},
    "/sources/{source}/clauses": {"clause": "id"},
    "/search": {"clause": "id", "source": "runs/0/source"},
    "/changes": {"change": "id", "source": "source"},
    "/deliveries": {"delivery": "id"},
    "/held": {"held": "id"},
}


def add_links(paths: Mapping[str, dict[str, Any]], prefix: str) -> None:
    """Add to each list of `NAMED` links to the operations on what it names.

    Args:
        paths: of the description, changed in place.
        prefix: of all of them.

    """
    for path, named in NAMED.items():
        known = {name: f"$response.body#/items/0/{where}" for name, where in named.items()}
        known |= {name: f"$request.path.{name}" for name in _PARAMETER.findall(path)}
        paths[prefix + path]["get"]["responses"]["200"]["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {name: known[name] for name in wanted},
                "description": operation["summary"],
            }
            for other, methods in paths.items()
            if set(wanted := _PARAMETER.findall(other)) <= known.keys() and not named.keys().isdisjoint(wanted)
            for operation in methods.values()
        }
