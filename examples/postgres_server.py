"""Debian's PostgreSQL on a free port of loopback, for the other examples; it prints its URL and stops on Ctrl-C.

python postgres_server.py --folder postgres
"""

import argparse
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

PROGRAMS = Path("/usr/lib/postgresql")
USER = "tiktok"
# Root's own folders are closed to the user that runs the server.
FOLDER = Path(gettempdir(), "tiktok-postgres")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server whose data lie in a folder, and give its URL."""
    found = sorted(PROGRAMS.glob("*/bin"))
    if not found:
        raise SystemExit("PostgreSQL is missing: `apt-get install postgresql`.")
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, user.pw_uid, user.pw_gid)
    become = (
        [] if os.geteuid() == user.pw_uid else ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    )

    def program(name: str, *options: str) -> None:
        command = [*become, str(found[-1] / name), f"--pgdata={folder / 'data'}", *options]
        subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, check=True)

    if not (folder / "data").exists():
        program("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={USER}")
    port = free_port()
    place = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    program("pg_ctl", f"--options={place}", f"--log={folder / 'log'}", "-w", "start")
    try:
        yield f"postgresql://{USER}:{USER}@127.0.0.1:{port}/postgres"
    finally:
        program("pg_ctl", "--mode=fast", "-w", "stop")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the data lie")
    with server(parser.parse_args().folder) as url:
        print(url, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
