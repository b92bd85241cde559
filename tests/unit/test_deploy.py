"""The files in deploy/ fit the program and each other, as far as can be told without a container engine."""

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from tracker import __version__
from tracker.cli.app import app
from tracker.cli.run import STOP_GRACE
from tracker.settings import Settings, is_secret, load_settings
from tracker.web.server import GRACE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
VARIABLES = {f"TRACKER_{name.upper()}" for name in Settings.model_fields}
VARIABLES |= {f"TRACKER_{name.upper()}_FILE" for name, field in Settings.model_fields.items() if is_secret(field)}

#: Seconds from the wish to stop until the process is gone at the latest.
LONGEST_STOP = Settings.model_fields["stop_deadline"].default + STOP_GRACE + GRACE


def read(name: str) -> str:
    """Return a file of deploy/."""
    return (DEPLOY / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with their arguments, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


def last_stage() -> list[tuple[str, str]]:
    """Return the instructions that make the image itself."""
    found = instructions()
    return found[max(place for place, (word, _) in enumerate(found) if word == "FROM") :]


def unit() -> dict[str, list[str]]:
    """Return the directives of the unit's service, each with its values in order."""
    parser = configparser.RawConfigParser(strict=False, dict_type=dict, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(read("tracker.service"))
    assert parser.sections() == ["Unit", "Service", "Install"]
    body = read("tracker.service").partition("[Service]")[2].partition("[Install]")[0]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", body, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_the_image_runs_as_a_user_without_rights() -> None:
    """The last USER is a number other than root's, which Kubernetes can check, and comes before the command."""
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert len(users) == 1
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[0])


def test_the_image_is_built_in_stages_and_keeps_no_tool() -> None:
    """Nothing is installed in the last stage; it takes over a finished environment without pip."""
    assert [word for word, _ in instructions()].count("FROM") == 2
    assert "pip uninstall --yes pip" in next(rest for word, rest in instructions() if word == "RUN")
    assert not any(word == "RUN" and re.search(r"\b(pip|apt)", rest) for word, rest in last_stage())
    assert all(rest.startswith("python:3.13-slim") for word, rest in instructions() if word == "FROM")


def test_the_image_with_a_browser_runs_without_rights_too() -> None:
    """It ends as the same user, with settings that exist, on a base that the guide builds."""
    lines = re.sub(r"\\\n\s*", " ", read("Dockerfile.browser")).splitlines()
    assert [line for line in lines if line.startswith("USER")][-1] in {f"{word} {rest}" for word, rest in last_stage()}
    assert set(re.findall(r"\bTRACKER_[A-Z_]+\b", read("Dockerfile.browser"))) <= VARIABLES
    base = next(line.split()[1] for line in lines if line.startswith("FROM"))
    assert f"--build-arg EXTRAS=pdf,cluster,browser -t {base} ." in read("README.md")
    assert ("ARG", "EXTRAS=pdf,cluster") in instructions()


def test_the_image_is_built_from_files_that_are_there_and_not_ignored() -> None:
    """Each file that COPY names exists, and the ignore file lets exactly these through."""
    copied = [name for word, rest in instructions() if word == "COPY" and "--from" not in rest
              for name in rest.split()[:-1]]  # fmt: skip
    assert all((ROOT / name).exists() for name in copied)
    allowed = re.findall(r"^!(\S+)$", read("Dockerfile.dockerignore"), re.MULTILINE)
    assert sorted(Path(name).name for name in copied) == sorted(allowed)
    assert "\n*\n" in read("Dockerfile.dockerignore")


def test_the_health_check_asks_a_path_that_answers_on_the_port_of_the_settings() -> None:
    """The path is one of the web application's, the port the default one, and the script is Python."""
    check = next(rest for word, rest in last_stage() if word == "HEALTHCHECK")
    path = re.search(r"(/\w+)\\\",", check)
    assert path is not None
    assert f'@app.get("{path[1]}"' in (ROOT / "tracker/web/app.py").read_text()
    port = str(Settings.model_fields["web_port"].default)
    assert f"'TRACKER_WEB_PORT', '{port}'" in check
    assert ("EXPOSE", port) in last_stage()
    script = re.search(r'"-c", "(.*)"\]', check)
    assert script is not None
    compile(script[1].replace('\\"', '"'), "healthcheck", "exec")


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "tracker.service", "tracker.env.example", "README.md"])
def test_each_variable_named_is_a_setting(name: str) -> None:
    """No file names a TRACKER_ variable that the program does not read."""
    assert set(re.findall(r"\bTRACKER_[A-Z_]+\b", read(name))) - {"TRACKER_NAME"} <= VARIABLES


def test_the_image_and_the_unit_run_commands_that_exist() -> None:
    """What is started is a command of the program."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert ("ENTRYPOINT", '["tracker"]') in last_stage()
    started = [rest for word, rest in last_stage() if word == "CMD"]
    assert started == ['["run"]']
    assert unit()["ExecStart"] == ["/opt/tracker/bin/tracker run"]
    assert unit()["ExecStartPre"] == ["/opt/tracker/bin/tracker sources check"]
    assert {"run", "sources"} <= set(commands)
    assert "check" in commands["sources"].commands


def test_compose_fits_the_image() -> None:
    """Version, volume, port, build file and time to stop are those of image and program; no right is left."""
    text = read("compose.yaml")
    assert f"image: tracker:{__version__}\n" in text
    assert ("VOLUME", "/data") in last_stage()
    assert "- data:/data\n" in text
    assert "- ./config:/etc/tracker:ro\n" in text
    assert ("WORKDIR", "/etc/tracker") in last_stage()
    assert f'"127.0.0.1:{Settings.model_fields["web_port"].default}:8350"' in text
    assert "dockerfile: deploy/Dockerfile\n" in text
    grace = re.search(r"stop_grace_period: (\d+)s", text)
    assert grace is not None
    assert int(grace[1]) > LONGEST_STOP
    for line in ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]', "- /tmp"):
        assert line in text


def test_the_unit_gives_the_daemon_its_own_user_folder_and_time_to_stop() -> None:
    """The state folder is the data folder, the working folder the one with tracker.toml, and the stop is awaited."""
    service = unit()
    assert service["User"] == ["tracker"]
    assert service["StateDirectory"] == ["tracker"]
    assert "TRACKER_DATA_DIR=/var/lib/tracker" in service["Environment"]
    assert service["WorkingDirectory"] == ["/etc/tracker"]
    assert int(service["TimeoutStopSec"][0]) > LONGEST_STOP
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["ProtectSystem"] == ["strict"]


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, once the program stands where the unit expects it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")  # most containers and all other systems lack it for good
    text = read("tracker.service").replace("/opt/tracker/bin/tracker", "/bin/true")
    (tmp_path / "tracker.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "tracker.service")], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "tracker.service" in line] == []


def test_the_example_of_settings_names_each_with_its_default() -> None:
    """Every setting stands there commented out, in order; where it has a default, with that."""
    lines = re.findall(r"^#(\w+ = .*)$", read("tracker.toml.example"), re.MULTILINE)
    told = tomllib.loads("\n".join(lines))
    assert list(told) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if field.default_factory is None and field.default is not None:
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            assert told[name] in (default, str(default)), name


def test_the_example_of_settings_is_valid_with_everything_uncommented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program accepts each line as it stands."""
    lines = re.findall(r"^#(\w+ = .*)$", read("tracker.toml.example"), re.MULTILINE)
    (tmp_path / "tracker.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings().contact == "privacy@example.com"


def test_what_a_user_puts_into_the_folder_is_never_committed() -> None:
    """Secrets and the configuration that compose mounts are ignored by git."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"tracker.env", "tracker.toml", "deploy/config/"} <= set(ignored)


def test_a_release_lists_what_the_image_installs() -> None:
    """The script is sound, and installs the wheel with the extras of the image."""
    subprocess.run(["bash", "-n", str(DEPLOY / "release.sh")], check=True)
    extras = re.findall(r"^ARG EXTRAS=\"?([a-z,]+)", read("Dockerfile"), re.MULTILINE)
    assert extras
    assert extras == re.findall(r"\"\$wheel\[([a-z,]+)\]\"", read("release.sh"))


def test_the_guide_speaks_of_each_file() -> None:
    """deploy/README.md names every other file of the folder."""
    own = {"README.md", "tracker.env"}  # the latter is what a user makes of the example
    others = {path.name for path in DEPLOY.iterdir() if path.is_file()} - own
    assert {name for name in others if f"`{name}`" not in read("README.md")} == set()


def test_every_test_that_the_page_of_threats_names_is_there() -> None:
    """No weakness is said to be tried by a test that was renamed or removed."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", read("THREATS.md"))
    assert len(named) >= 40
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), (file, test)
