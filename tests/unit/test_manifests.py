"""What orchestrates and watches the tracker fits the program: schemas, commands, ports, names of figures."""

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from typer.main import get_command

from tracker import __version__
from tracker.cli.app import app
from tracker.metrics import REGISTRY
from tracker.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
MANIFESTS = sorted(path for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml")

#: Oldest and newest release of Kubernetes that the manifests are held to.
RELEASES = ("1.29", kubernetes_validate.latest_version())


def documents(path: Path) -> list[dict[str, Any]]:
    return [found for found in yaml.safe_load_all(path.read_text(encoding="utf-8")) if found]


OBJECTS = [found for path in MANIFESTS for found in documents(path)]
PODS = [found["spec"]["template"]["spec"] for found in OBJECTS if found["kind"] in {"Deployment", "Job"}]


def arguments_are_a_command(arguments: list[str]) -> None:
    """Every word that starts a process is a command or option of the program."""
    command: Any = get_command(app)
    for word in arguments:
        if word.startswith("-"):
            assert word in {
                option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
        elif hasattr(command, "commands"):
            command = command.commands[word]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("found", OBJECTS, ids=lambda found: f"{found['kind']} {found['metadata']['name']}")
def test_each_object_fits_the_official_schema(found: dict[str, Any], release: str) -> None:
    """No field is misspelt or of the wrong kind, in old and new releases of Kubernetes."""
    kubernetes_validate.validate(found, release, strict=True)


def test_the_kustomization_names_every_manifest() -> None:
    """What lies in the folder is applied, and nothing else; the image is of this release."""
    told = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(told["resources"]) == [path.name for path in MANIFESTS]
    assert told["images"] == [{"name": "tracker", "newTag": __version__}]


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["containers"][0]["name"])
def test_each_pod_runs_without_rights(pod: dict[str, Any]) -> None:
    """Not root, nothing to write but its own folders, no capability, no token of the cluster, bounded memory."""
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    arguments_are_a_command(container["args"])
    assert pod["terminationGracePeriodSeconds"] > Settings.model_fields["stop_deadline"].default


def test_what_runs_for_good_has_probes_and_workers_a_budget() -> None:
    """A pod that hangs is restarted, and a drain of nodes leaves a worker."""
    for found in OBJECTS:
        if found["kind"] == "Deployment":
            (container,) = found["spec"]["template"]["spec"]["containers"]
            assert {"readinessProbe", "livenessProbe"} <= set(container)
    (budget,) = (found for found in OBJECTS if found["kind"] == "PodDisruptionBudget")
    (worker,) = (found for found in OBJECTS if (found["kind"], found["metadata"]["name"]) == ("Deployment", "worker"))
    assert budget["spec"]["selector"] == worker["spec"]["selector"]
    assert budget["spec"]["minAvailable"] < worker["spec"]["replicas"]


def test_selectors_find_the_pods_they_mean() -> None:
    """Each service, policy and budget selects the labels of a pod that is there."""
    templates = (found["spec"]["template"] for found in OBJECTS if "template" in found.get("spec", {}))
    labels = [template["metadata"]["labels"] for template in templates]
    for found in OBJECTS:
        spec = found.get("spec", {})
        wanted = spec.get("podSelector", spec.get("selector", {}))
        wanted = wanted.get("matchLabels", wanted)
        if wanted:
            assert wanted in labels, found["metadata"]["name"]


def test_the_cluster_of_compose_runs_commands_that_exist_without_rights() -> None:
    """Planner, worker and upgrade are of one image, read-only, and read the same store."""
    told = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text(encoding="utf-8"))
    own = {name: service for name, service in told["services"].items() if "build" in service}
    assert sorted(own) == ["planner", "upgrade", "worker"]
    for service in own.values():
        arguments_are_a_command(service["command"])
        assert service["image"] == f"tracker:{__version__}"
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in own["planner"]  # reached through the proxy alone
    assert f"reverse_proxy planner:{Settings.model_fields['web_port'].default}" in (DEPLOY / "Caddyfile").read_text()


def figures() -> set[str]:
    """Return the names of all figures that `/metrics` may tell."""
    found = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    sources = [
        DEPLOY.parent / "tracker" / "store" / "work" / "gauges.py",
        DEPLOY.parent / "tracker" / "web" / "metrics.py",
    ]
    for path in sources:
        found |= set(re.findall(r'Gauge\(\s*"(tracker_\w+)"', path.read_text(encoding="utf-8")))
    return found | {"tracker_fetch_seconds_bucket", "tracker_compare_seconds_bucket"} | {
        "tracker_checks_total", "tracker_deliveries_total"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["alerts.yaml", "dashboard.json"])
def test_rules_and_dashboard_ask_for_figures_that_exist(name: str) -> None:
    """A figure that nobody tells would never raise an alert."""
    asked = set(re.findall(r"\btracker_\w+", (DEPLOY / "monitoring" / name).read_text(encoding="utf-8")))
    assert asked
    assert asked - figures() == set()


def test_each_rule_says_what_happened_and_what_to_do() -> None:
    """Whoever is woken at night reads a sentence and a command."""
    told = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text(encoding="utf-8"))
    rules = [rule for group in told["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    """Panels have their own ids and places, and ask the data source chosen above."""
    told = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    panels = told["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${source}"}
