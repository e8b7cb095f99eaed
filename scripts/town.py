"""Runs the town on this machine: a private PostgreSQL and Redis under .local/, then site, desk and worker.

    scripts/town.py run        prepare everything and serve until Ctrl-C
    scripts/town.py test …     prepare the servers, then run pytest with what follows
    scripts/town.py psql …     open psql as ROLE (environment), with PSQL_FLAGS
    scripts/town.py do …       run a command beside the servers, starting and stopping them if need be
    scripts/town.py logins     print the demo's logins
    scripts/town.py stop       stop the servers
    scripts/town.py forget     stop the servers and remove all that was made for them: the next run begins anew

Standard library only. Set DATABASE_URL and REDIS_URL to use servers that exist instead.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO
from urllib.parse import quote, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
ENV = LOCAL / "env"
DESK_ENV = LOCAL / "desk.env"  # read by the desk's process alone (config/settings.py)
PYTHON = ROOT / ".venv" / "bin" / "python"
ROLES = ("owner", "site", "desk", "worker", "test")


class Failed(Exception):
    """Something the operator must know; printed as one line."""


# The operator's settings ---------------------------------------------------------------------------


def settings() -> dict[str, str]:
    """What .local/env and .env say, and the environment over both."""
    found: dict[str, str] = {}
    for file in (ENV, ROOT / ".env"):
        if file.exists():
            for line in file.read_text().splitlines():
                name, sign, value = line.partition("=")
                if sign and not name.startswith("#"):
                    found[name.strip()] = value.strip()
    return found | os.environ


def is_private() -> bool:
    """Whether the servers are ours, not ones the operator named."""
    given = settings()
    return "DATABASE_URL" not in given


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_env() -> None:
    """Invent ports, passwords and keys once; everything reads them from .local/env."""
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    if ENV.exists():
        return
    pg, redis = free_port(), free_port()
    here, through = (f":{pg}", f"?host={quote(sockets())}") if sockets() else (f"127.0.0.1:{pg}", "")
    password = {role: secrets.token_urlsafe(18) for role in (*ROLES, "postgres", "redis")}
    lines = [
        "# Made by `make run` for this machine alone.",
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        *(
            f"DATABASE_URL_{role.upper()}=postgres://lusotown_{role}:{password[role]}@{here}/lusotown{through}"
            for role in ROLES
        ),
        f"POSTGRES_PASSWORD={password['postgres']}",
        f"REDIS_URL=redis://:{password['redis']}@127.0.0.1:{redis}/0",
        "DEMO=1",
        f"DEMO_PASSWORD={'-'.join(secrets.token_hex(2) for _ in range(3))}",
        f"DEMO_TOTP_SECRET={base64.b32encode(secrets.token_bytes(20)).decode()}",
    ]
    ENV.touch(mode=0o600)
    ENV.write_text("\n".join(lines) + "\n")


def write_desk_key() -> None:
    """Make the key that evidence is sealed to, once: everyone may know one half, the desk alone has the other."""
    if "DESK_PUBLIC_KEY" in settings() or not PYTHON.exists():
        return
    made = subprocess.run(
        [PYTHON, "manage.py", "make_desk_key"], cwd=ROOT, env=settings(), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lines = dict(line.split("=", 1) for line in made.stdout.splitlines())
    if made.returncode or set(lines) != {"DESK_PUBLIC_KEY", "DESK_SECRET_KEYS"}:
        raise Failed("manage.py make_desk_key failed.")
    DESK_ENV.touch(mode=0o600)
    DESK_ENV.write_text(f"DESK_SECRET_KEYS={lines['DESK_SECRET_KEYS']}\n")
    with ENV.open("a") as env:
        env.write(f"DESK_PUBLIC_KEY={lines['DESK_PUBLIC_KEY']}\n")


# PostgreSQL ----------------------------------------------------------------------------------------


def pg_bin(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if versions:
        return str(versions[-1].with_name(name))
    found = shutil.which(name)
    if not found:
        raise Failed(f"PostgreSQL's {name} was not found.")
    return found


def as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the system user its package made."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def cluster() -> Path:
    """Where the cluster lives: .local/postgres, or under /var/tmp where its user cannot reach the clone."""
    if os.geteuid() != 0:
        return LOCAL / "postgres"
    LOCAL.chmod(0o711)
    reachable = subprocess.run(as_postgres(["test", "-x", str(LOCAL)]), stderr=subprocess.DEVNULL, cwd="/").returncode
    if reachable == 0:
        return LOCAL / "postgres"
    return Path("/var/tmp") / f"lusotown-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"


def sockets() -> str:
    """The folder of the cluster's Unix socket, which costs a question a quarter less than a port; or nothing.

    A socket's path may have 107 bytes, and PostgreSQL reads this one as part of a list.
    """
    folder = str(cluster())
    return folder if re.fullmatch(r"[\w/.+-]{1,90}", folder, re.ASCII) else ""


def ask_postgres(sql: str, database: str = "postgres") -> str:
    """Run SQL as the private cluster's superuser and return what it prints."""
    url = urlsplit(settings()["DATABASE_URL_OWNER"])
    done = subprocess.run(
        [pg_bin("psql"), "-XqtA", "-v", "ON_ERROR_STOP=1",
         "-h", "127.0.0.1", "-p", str(url.port), "-U", "postgres", "-d", database],
        input=sql, text=True, capture_output=True, check=False,
        env=os.environ | {"PGPASSWORD": settings()["POSTGRES_PASSWORD"], "PGCONNECT_TIMEOUT": "3"},
    )  # fmt: skip
    if done.returncode:
        raise Failed(done.stderr.strip() or "PostgreSQL did not answer.")
    return done.stdout.strip()


def start_postgres() -> None:
    """Start the private cluster, making it first if need be."""
    home = cluster()
    url = urlsplit(settings()["DATABASE_URL_OWNER"])
    is_new = not (home / "PG_VERSION").exists()
    if is_new:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
        _init_cluster(home)
    status = subprocess.run(as_postgres([pg_bin("pg_ctl"), "-D", str(home), "status"]), capture_output=True, cwd="/")
    if status.returncode == 0:
        return
    options = f"-p {url.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{sockets()}'"
    done = subprocess.run(
        as_postgres(
            [pg_bin("pg_ctl"), "-D", str(home), "-w", "-t", "60", "-l", str(home / "log"), "-o", options, "start"]
        ),
        capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"PostgreSQL did not start; see {home / 'log'}.")
    make_roles()


def _init_cluster(home: Path) -> None:
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(settings()["POSTGRES_PASSWORD"] + "\n")
        secret.flush()
        if os.geteuid() == 0:
            os.chown(secret.name, pwd.getpwnam("postgres").pw_uid, -1)
        command = [pg_bin("initdb"), "-D", str(home), "-U", "postgres", f"--pwfile={secret.name}"]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(as_postgres(command), capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise Failed(f"initdb: {done.stderr.strip()}")
    # Two cores and a laptop's memory; a crash may lose the last half second, never consistency.
    with (home / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 256MB\nsynchronous_commit = off\nmax_connections = 80\nrandom_page_cost = 1.1\n")
        conf.write("max_locks_per_transaction = 256\nlog_min_messages = warning\n")


def make_roles() -> None:
    """Make the roles and the empty database, as deploy/roles.sql says."""
    if not ask_postgres("SELECT 1 FROM pg_roles WHERE rolname = 'lusotown_owner'"):
        ask_postgres((ROOT / "deploy" / "roles.sql").read_text())
    statements = []
    for role in ROLES:
        password = unquote(urlsplit(settings()[f"DATABASE_URL_{role.upper()}"]).password or "")
        statements.append(f"ALTER ROLE lusotown_{role} PASSWORD '{password}';")
    ask_postgres("\n".join(statements))
    if not ask_postgres("SELECT 1 FROM pg_database WHERE datname = 'lusotown'"):
        ask_postgres("CREATE DATABASE lusotown OWNER lusotown_owner TEMPLATE lusotown_template")


# Redis ---------------------------------------------------------------------------------------------


def start_redis() -> None:
    """Start the private Redis."""
    url = urlsplit(settings()["REDIS_URL"])
    if redis_answers():
        return
    home = LOCAL / "redis"
    home.mkdir(mode=0o700, exist_ok=True)
    conf = home / "redis.conf"
    conf.touch(mode=0o600)
    conf.write_text(
        f"port {url.port}\nbind 127.0.0.1\nrequirepass {url.password}\ndir {home}\npidfile {home}/pid\n"
        f'logfile {home}/log\ndaemonize yes\nsave ""\nmaxmemory 256mb\nmaxmemory-policy allkeys-lru\n'
    )
    subprocess.run(["redis-server", str(conf)], check=True, stdout=subprocess.DEVNULL)


def redis_answers() -> bool:
    url = urlsplit(settings()["REDIS_URL"])
    try:
        with socket.create_connection((url.hostname, url.port), timeout=1):
            return True
    except OSError:
        return False


# All of it -----------------------------------------------------------------------------------------


@contextmanager
def servers():
    """Have the servers up inside the block. Whoever leaves last stops them: a town may be open beside a test."""
    if not is_private():
        yield
        return
    write_env()
    write_desk_key()
    if not (cluster() / "PG_VERSION").exists():
        say("making a PostgreSQL of its own under .local")
    with (LOCAL / "in-use").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # which waits while someone stops them
        start_postgres()
        start_redis()
        try:
            yield
        finally:
            if _is_last_of(users):
                stop_postgres()
                stop_redis()


def _is_last_of(users: TextIO) -> bool:
    """Whether nobody else holds the file; then nobody can come in until it is closed."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def stop_postgres() -> None:
    subprocess.run(
        as_postgres([pg_bin("pg_ctl"), "-D", str(cluster()), "-m", "fast", "-w", "stop"]), capture_output=True, cwd="/"
    )


def stop_redis() -> None:
    pid = LOCAL / "redis" / "pid"
    if not pid.exists() or not redis_answers():
        return
    os.kill(int(pid.read_text()), signal.SIGTERM)
    for _ in range(50):  # so that whoever starts it next does not find it going
        if not redis_answers():
            return
        time.sleep(0.1)


def say(words: str) -> None:
    """One line about what takes a while."""
    print(f"LusoTown: {words}", flush=True)


def manage(*words: str, door: str = "owner") -> None:
    done = subprocess.run([PYTHON, "manage.py", *words], cwd=ROOT, env=settings() | {"DOOR": door})
    if done.returncode:
        raise Failed(f"manage.py {words[0]} failed.")


def prepare() -> None:
    """Bring schema, vocabulary, catalogues and static files up to date; load the demo into an empty town."""
    catalogue = ROOT / "locale" / "pt" / "LC_MESSAGES" / "django"
    if catalogue.with_suffix(".po").exists():
        compile_catalogue(catalogue)
    say("bringing the database up to date; the first time it also moves the demo's people in (half a minute)")
    manage("prepare", *(["--demo"] if settings().get("DEMO") == "1" else []))
    collect_static()


def collect_static() -> None:
    """Gather, hash and compress the static files, if any has changed since."""
    seen = hashlib.sha256((ROOT / "requirements.lock").read_bytes() + (ROOT / "config" / "apps.py").read_bytes())
    for file in sorted(path for path in (ROOT / "static").rglob("*") if path.is_file()):
        seen.update(f"{file.relative_to(ROOT)} {file.stat().st_mtime_ns} {file.stat().st_size}\n".encode())
    stamp = Path(settings().get("STATIC_ROOT", ROOT / "collected")) / ".seen"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        say("gathering styles, scripts and pictures")
        manage("collectstatic", "--noinput", "--clear", "-v", "0", door="site")
        stamp.write_text(seen.hexdigest())


def compile_catalogue(catalogue: Path) -> None:
    source, target = catalogue.with_suffix(".po"), catalogue.with_suffix(".mo")
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["msgfmt", "--check", "-o", target, source], check=True)


def serve() -> int:
    """Run site, desk and worker until one ends or Ctrl-C."""
    given = settings()
    ports = {"site": given.get("PORT", "8000"), "desk": given.get("DESK_PORT", "8001")}
    urls = {"SITE_URL": f"http://localhost:{ports['site']}", "DESK_URL": f"http://localhost:{ports['desk']}"}
    for port in ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", int(port)))
            except OSError as error:
                raise Failed(f"Port {port} is taken; choose another with PORT= or DESK_PORT=.") from error
    say("opening site, desk and worker")
    environment = urls | given
    granian = [str(PYTHON.with_name("granian")), "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
    processes = {
        door: subprocess.Popen(
            [*granian, "--port", port, "--workers", "2" if door == "site" else "1", "--blocking-threads", "2",
             "config.wsgi:application"],
            cwd=ROOT, env=environment | {"DOOR": door}, start_new_session=True,
        )
        for door, port in ports.items()
    }  # fmt: skip
    processes["worker"] = subprocess.Popen(
        [PYTHON, "manage.py", "procrastinate", "worker"],
        cwd=ROOT, env=environment | {"DOOR": "worker"}, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until_up(urls["SITE_URL"], processes)
        _welcome(environment)
        while True:
            _fail_if_one_ended(processes)
            time.sleep(0.3)
    except KeyboardInterrupt as told:
        say(f"closing, as {told} asks" if str(told) else "closing")
        return 0
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _fail_if_one_ended(processes: dict[str, subprocess.Popen]) -> None:
    """Say which one, and how; what it said itself stands above."""
    if all(process.poll() is None for process in processes.values()):
        return
    time.sleep(1)  # for others to fall over the same
    codes = {name: code for name, process in processes.items() if (code := process.poll()) is not None}
    words = [
        f"The {name} ended by itself ({signal.Signals(-code).name if code < 0 else f'code {code}'})."
        for name, code in codes.items()
    ]
    raise Failed(" ".join([*words, *_servers_that_are_away(), "So the town is closed."]))


def _servers_that_are_away() -> list[str]:
    """What is to be said of PostgreSQL and Redis, if anything: without them nothing else stands."""
    if not is_private():
        return []
    words = [] if redis_answers() else [f"Redis does not answer any more; see {LOCAL / 'redis' / 'log'}."]
    try:
        ask_postgres("SELECT 1")
    except Failed:
        words.append(f"PostgreSQL does not answer any more; see {cluster() / 'log'}.")
    return words


def _wait_until_up(url: str, processes: dict[str, subprocess.Popen]) -> None:
    parts = urlsplit(url)
    for _ in range(600):
        _fail_if_one_ended(processes)
        try:
            with socket.create_connection((parts.hostname, parts.port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise Failed("The site did not come up within a minute.")


def _welcome(environment: dict[str, str]) -> None:
    print(
        f"\n  LusoTown is open.\n    site  {environment['SITE_URL']}\n    desk  {environment['DESK_URL']}\n", flush=True
    )
    if environment.get("DEMO") == "1":
        subprocess.run([PYTHON, "manage.py", "load_demo", "--logins"], cwd=ROOT, env=environment | {"DOOR": "owner"})
    if not environment.get("EMAIL_URL"):
        print("  Letters, with the codes to join or log in, are written here in this terminal.")
    print("  Ctrl-C closes it.\n", flush=True)


def psql() -> int:
    """Open psql as one of the roles; it reads standard input and PSQL_FLAGS."""
    role = os.environ.get("ROLE", "lusotown_site").removeprefix("lusotown_")
    if role not in ROLES:
        raise Failed(f"ROLE is one of {', '.join('lusotown_' + name for name in ROLES)}.")
    url = settings().get(f"DATABASE_URL_{role.upper()}")
    if not url:
        raise Failed("There is no database yet: `make run` makes it.")
    command = [pg_bin("psql"), url, *shlex.split(os.environ.get("PSQL_FLAGS", ""))]
    return subprocess.run(command, check=False).returncode


def main(words: list[str]) -> int:
    os.umask(0o077)
    for ending in (signal.SIGTERM, signal.SIGHUP):  # a terminal that is closed says the latter
        if signal.getsignal(ending) is not signal.SIG_IGN:  # nohup
            signal.signal(ending, _interrupt)
    match words:
        case ["run"]:
            with servers():
                prepare()
                return serve()
        case ["test", *flags]:
            with servers():
                compile_catalogue(ROOT / "locale" / "pt" / "LC_MESSAGES" / "django")
                # A run starts some fifty processes: what the first compiles, the others shall read.
                environment = settings() | {"PYTHONDONTWRITEBYTECODE": ""}
                return subprocess.run([PYTHON, "-m", "pytest", *flags], cwd=ROOT, env=environment).returncode
        case ["psql"]:
            with servers():
                return psql()
        case ["do", *command] if command:
            with servers():
                return subprocess.run(command, cwd=ROOT, env=settings()).returncode
        case ["logins"]:
            with servers():
                manage("load_demo", "--logins")
                return 0
        case ["stop"]:
            stop_postgres()
            stop_redis()
            return 0
        case ["forget"]:
            stop_postgres()
            stop_redis()
            for folder in (cluster(), LOCAL):
                shutil.rmtree(folder, ignore_errors=True)
            return 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failure:
        sys.exit(f"LusoTown: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
