"""Every operation of the API keeps to its own description, whatever is sent to it, over a store of hostile text."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.config import (
    ChecksConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)

from tests.support.hostile_store import hostile_world
from tracker.clock import ManualClock
from tracker.store.database import Database
from tracker.store.people.people import add_token
from tracker.store.upkeep.upgrade import create_store
from tracker.web.api.links import NAMED
from tracker.web.api.routes import PREFIX, description
from tracker.web.app import create_app

#: No schema can say which cursors are ours, which words a search can look for, or which parts of a body go together.
ACCEPTED = ["2xx", "304", "400", "401", "403", "404", "409", "410", "429"]

#: Too large a text breaks the schema too, but is refused before anybody reads it.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429"]

CHECKS = ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=ACCEPTED))
CHECKS.negative_data_rejection.expected_statuses = REFUSED
CONFIG = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=ProjectConfig(checks=CHECKS)))

#: Questions per operation and mode.
EXAMPLES = 20

#: Walks along the links between operations, and operations of each.
WALKS = 40
STEPS = 10

#: What schemas cannot say: the names of things that are there.
KNOWN: dict[str, Any] = {"source": "acme", "version": "2", "sequence": 1, "clause": 2}

OPERATIONS = {
    f"{method.upper()} {path}": "parameters" in operation or "requestBody" in operation
    for path, methods in description()["paths"].items()
    for method, operation in sorted(methods.items())
}


@dataclass(frozen=True)
class Api:
    """The API as it describes itself, with the id of a change that is there, and a token."""

    schema: schemathesis.BaseSchema
    change: str
    asker: dict[str, str]

    def name_known_things(self, case: schemathesis.Case[Any]) -> None:
        """Let a question be of things that are there."""
        known = KNOWN | {"change": self.change}
        body = case.body if isinstance(case.body, dict) else {}
        for told in (case.path_parameters, body):
            told.update({name: known[name] for name in told.keys() & known.keys()})


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API over a store of this module's own."""
    path = tmp_path_factory.mktemp("api") / "store.sqlite"
    with closing(Database(f"sqlite:///{path}")) as database:
        create_store(database)
        world = hostile_world(database, ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC)))
        with database.write() as session:
            token = add_token(session, "robot", "admin", world.clock.now(), None)
        app = create_app(world.runtime)
        asker = {"Authorization": f"Bearer {token}"}
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=CONFIG, headers=asker)
        yield Api(schema, world.changes()[0].id, asker)


def check(api: Api, label: str, mode: GenerationMode, known: st.SearchStrategy[bool]) -> None:
    """Ask one operation a number of questions, each checked in every way."""
    method, path = label.split()
    operation = api.schema[path][method]

    @seed(1)
    @given(case=operation.as_strategy(generation_mode=mode), real=known)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def keeps(case: schemathesis.Case[Any], *, real: bool) -> None:
        if real:
            api.name_known_things(case)
        case.call_and_validate(headers=api.asker)

    keeps()


@pytest.mark.parametrize("label", OPERATIONS)
def test_each_operation_answers_what_it_says_it_takes(api: Api, label: str) -> None:
    """No answer to a good question breaks the schema or is an error of the server."""
    check(api, label, GenerationMode.POSITIVE, st.booleans())


@pytest.mark.parametrize("label", [label for label, takes in OPERATIONS.items() if takes])
def test_each_operation_refuses_what_it_does_not_take(api: Api, label: str) -> None:
    """What breaks the schema of a question is refused as described, never taken and never an error of the server."""
    check(api, label, GenerationMode.NEGATIVE, st.just(value=False))


def test_what_lists_name_can_be_asked_for_next(api: Api) -> None:
    """Walk after walk along the links: each answer is as described, and most operations on one thing find theirs."""
    found: set[str] = set()

    class Walk(api.schema.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: schemathesis.Case[Any]) -> None:
            """Let lists be whole, so that there is something to go on with; their filters are asked for above."""
            if case.operation.path.removeprefix(PREFIX) in NAMED:
                case.query = {}
                api.name_known_things(case)

        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            return {"headers": api.asker}

        def after_call(self, response: schemathesis.Response, case: schemathesis.Case[Any]) -> None:
            if response.status_code < 300 and "{" in case.operation.path:
                found.add(case.operation.label)

    walks = settings(
        max_examples=WALKS,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=walks)
    assert len(found) >= 12, sorted(found)
