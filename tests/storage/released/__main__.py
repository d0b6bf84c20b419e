"""Record the statements that this version sends, and a data folder of it, so that later ones can be held to them.

Run as `python -m tests.storage.released` when a version is released, and delete the records before the last one.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from optiid import __version__
from tests.postgresql import start_server
from tests.running import InProcess, settings_in
from tests.storage.released import data

FOLDER = Path(__file__).resolve().parent


def recorded(service: InProcess) -> list[str]:
    """Return the texts of the statements that `data.use` sends, each once."""
    with service.database.counting() as seen:
        data.use(service)
    return sorted({" ".join(sql.split()) for sql in seen})


def main() -> None:
    """Write the record of this version."""
    server = start_server()
    try:
        with tempfile.TemporaryDirectory() as home:
            found = {}
            for kind, url in (("sqlite", ""), ("postgresql", server.create_database())):
                service = InProcess(settings_in(Path(home) / kind, url, log_level="error"))
                found[kind] = recorded(service)
                service.database.close()
    finally:
        server.stop()
    (FOLDER / f"{__version__}.json").write_text(json.dumps(found, indent=1) + "\n")
    data.write()


if __name__ == "__main__":
    main()
