"""Try it: `python3 app.py demo`. Test it: `python3 app.py test`. Measure it: `python3 app.py bench`.

Else this is the `optiid` command.

Standard library only: it makes `.venv` beside this file, installs the locked packages, and runs itself again inside. An
environment that has them already is used as it is. What it says goes to stderr.
"""

from __future__ import annotations  # an old Python must get as far as being told so

import fcntl
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = {name: ROOT / "optiid" / "locks" / f"{name}.txt" for name in ("run", "test", "fuzz")}
OLDEST_PYTHON = (3, 11)
# What runs in a checkout only, with the packages of the tests.
MODULES = {"test": "pytest", "bench": "tests.benchmarks", "fuzz": "tests.fuzzing"}
# The whole suite is shared by three processes, a file of tests at a time, in the order of tests/conftest.py.
WHOLE = {"pytest": ["-n3", "--dist=loadfile", "--no-loadscope-reorder"]}
STARTED_AGAIN = "_OPTIID_STARTED_AGAIN"
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
BY_HAND = """The packages could not be installed. By hand, with a network and pip:
  python3 -m venv --without-pip .venv
  python3 -m pip --python .venv install --require-hashes -r {lock}
  .venv/bin/python app.py"""


def say(text: str) -> None:
    """Tell people; stdout belongs to the command."""
    print(text, file=sys.stderr, flush=True)


def locked_versions(lock: Path) -> dict[str, str]:
    """Return the versions a lock file pins, by package."""
    return dict(LOCKED.findall(lock.read_text(encoding="utf-8")))


def is_installed(lock: Path) -> bool:
    """Say whether this environment has every locked package in its locked version."""
    try:
        return all(metadata.version(name) == version for name, version in locked_versions(lock).items())
    except metadata.PackageNotFoundError:
        return False


def install(lock: Path) -> None:
    """Make .venv and install the locked packages into it; a second start waits for the first one's."""
    base = getattr(sys, "_base_executable", sys.executable)  # .venv has no pip of its own
    python = VENV / "bin" / "python"
    with (ROOT / ".venv.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not python.exists():
            run([base, "-m", "venv", "--without-pip", str(VENV)], lock)
        if subprocess.run([str(python), str(ROOT / "app.py"), "--is-installed", str(lock)], check=False).returncode:
            options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
            run([base, "-m", "pip", "--python", str(VENV), "install", *options], lock)
        site = next((VENV / "lib").glob("python3*/site-packages"))
        (site / "optiid_checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
        subprocess.run([str(python), "-m", "compileall", "-q", "optiid", "plugins"], cwd=ROOT, check=False)


def run(command: list[str], lock: Path) -> None:
    """Run a command of the installation, or stop with what to do by hand."""
    say("+ " + " ".join(command))
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        sys.exit(BY_HAND.format(lock=lock.relative_to(ROOT)))


def ensure_environment(lock: Path) -> None:
    """Return inside an environment that has the locked packages; else start again inside .venv, made when needed."""
    if is_installed(lock):
        os.environ.pop(STARTED_AGAIN, None)
        return
    python, inside = VENV / "bin" / "python", Path(sys.prefix) == VENV
    if os.environ.get(STARTED_AGAIN) == "installed":
        sys.exit(BY_HAND.format(lock=lock.relative_to(ROOT)))
    if inside or not python.exists():
        install(lock)
        os.environ[STARTED_AGAIN] = "installed"
    os.execv(python, [str(python), str(ROOT / "app.py"), *sys.argv[1:]])


def main() -> None:
    """Run a subcommand in an environment that has what it needs."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"optiid needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try python3.11 app.py")
    arguments = sys.argv[1:]
    if arguments[:1] == ["--is-installed"]:
        sys.exit(0 if is_installed(Path(arguments[1])) else 1)
    module = MODULES.get(arguments[0]) if arguments else None
    ensure_environment(LOCKS["fuzz" if arguments[:1] == ["fuzz"] else "test" if module else "run"])
    sys.path.insert(0, str(ROOT))
    if module:
        os.chdir(ROOT)
        command = [sys.executable, "-m", module, *(arguments[1:] or WHOLE.get(module, []))]
        os.execv(sys.executable, command)  # a signal reaches what is run
    from optiid.cli import main as optiid  # noqa: PLC0415 - can only be imported once the packages are there

    optiid(arguments)


if __name__ == "__main__":
    main()
