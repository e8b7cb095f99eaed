"""`make run` beside `make test`: who leaves last stops the servers, and a town that ends says why."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/town.py over servers that are only counted."""
    spec = importlib.util.spec_from_file_location("town", settings.BASE_DIR / "scripts" / "town.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOCAL", tmp_path)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    for name, answer in {"is_private": True, "redis_answers": False, "cluster": tmp_path}.items():
        monkeypatch.setattr(module, name, lambda answer=answer: answer)
    return module


def test_the_servers_stay_up_until_the_last_who_uses_them_leaves(town: Any, monkeypatch: pytest.MonkeyPatch):
    done: list[str] = []
    for name in ("write_env", "write_desk_key", "start_postgres", "start_redis", "stop_postgres", "stop_redis"):
        monkeypatch.setattr(town, name, lambda name=name: done.append(name))
    with ExitStack() as run, ExitStack() as test:
        test.enter_context(town.servers())
        run.enter_context(town.servers())
        done.clear()

        test.close()  # it came first, and the town is still open
        assert done == []
        run.close()
        assert done == ["stop_postgres", "stop_redis"]


@pytest.mark.parametrize(("does", "how"), [("exit 3", "code 3"), ("kill -9 $$", "SIGKILL")])
def test_a_town_that_ends_says_which_process_how_and_what_is_away(
    town: Any, monkeypatch: pytest.MonkeyPatch, does: str, how: str
):
    ended = subprocess.Popen(["sh", "-c", does])
    ended.wait()
    stays = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    monkeypatch.setattr(town, "ask_postgres", lambda sql: "1")

    town._fail_if_one_ended({"site": stays})
    with pytest.raises(town.Failed) as failure:
        town._fail_if_one_ended({"site": stays, "worker": ended})
    stays.communicate(b"\n")

    assert str(failure.value).startswith(f"The worker ended by itself ({how}). Redis does not answer any more; see ")
