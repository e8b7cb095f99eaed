"""What the example of a deployment promises: it starts, loses no picture, and tells nobody more than they need."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
DOORS = {"prepare": "OWNER", "site": "SITE", "desk": "DESK", "worker": "WORKER"}


def settings_of(service: str) -> dict[str, str]:
    return SERVICES[service].get("environment", {})


def test_each_process_is_told_its_own_database_address_and_no_other():
    told = {name: {word for word in settings_of(name) if word.startswith("DATABASE_URL")} for name in DOORS}

    assert told == {name: {f"DATABASE_URL_{role}"} for name, role in DOORS.items()}
    assert {name: settings_of(name)["DOOR"] for name in DOORS} == {name: role.lower() for name, role in DOORS.items()}
    assert not [name for name, service in SERVICES.items() if "env_file" in service]


def test_the_database_is_told_the_four_roles_passwords_and_no_secret_of_the_town():
    assert set(settings_of("db")) == {"POSTGRES_PASSWORD_FILE", *(f"DATABASE_URL_{role}" for role in DOORS.values())}


def test_only_the_worker_can_send_mail():
    assert [name for name in SERVICES if "EMAIL_URL" in settings_of(name)] == ["worker"]


def test_only_the_desk_can_open_documents():
    assert [name for name in SERVICES if "DESK_SECRET_KEYS" in settings_of(name)] == ["desk"]
    assert [name for name in SERVICES if "DESK_PUBLIC_KEY" in settings_of(name)] == ["site", "desk"]
    services = {file.stem: file.read_text() for file in (ROOT / "deploy" / "systemd").glob("*.service")}
    assert [name for name, text in services.items() if "DESK_SECRET_KEYS" in text] == ["lusotown-desk"]


def test_only_the_desk_and_deploys_know_what_the_desk_signs_with():
    assert [name for name in SERVICES if "DESK_IDENTITY_KEY" in settings_of(name)] == ["prepare", "desk"]


def test_documents_are_written_by_the_site_removed_by_the_worker_and_only_read_by_the_desk():
    (folder,) = re.findall(r"EVIDENCE_ROOT=(\S+)", (ROOT / "Dockerfile").read_text())

    volumes = {name: [v for v in service.get("volumes", []) if "evidence" in v] for name, service in SERVICES.items()}
    assert {name: found for name, found in volumes.items() if found} == {
        "site": [f"evidence:{folder}"],
        "desk": [f"evidence:{folder}:ro"],
        "worker": [f"evidence:{folder}"],
    }
    assert not re.search(r"^EVIDENCE_ROOT=", EXAMPLE, re.MULTILINE)


def test_pictures_are_kept_where_the_image_puts_them():
    (folder,) = re.findall(r"MEDIA_ROOT=(\S+)", (ROOT / "Dockerfile").read_text())

    keepers = [name for name in SERVICES if f"media:{folder}" in SERVICES[name].get("volumes", [])]
    assert keepers == ["site", "desk", "worker"]  # the worker packs them for a member's copy, and removes them
    assert not [name for name in SERVICES if "MEDIA_ROOT" in settings_of(name)]
    assert not re.search(r"^MEDIA_ROOT=", EXAMPLE, re.MULTILINE)


def test_whatever_must_be_filled_in_is_in_the_example_and_explained():
    (password,) = (secret["file"] for secret in yaml.safe_load(COMPOSE)["secrets"].values())

    assert set(re.findall(r"\$\{(\w+)", COMPOSE)) <= set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    for place in (".env.example", "docs/operators.md", ".dockerignore", ".gitignore"):
        assert password in (ROOT / place).read_text(), place


def test_a_health_check_asks_for_a_host_that_is_allowed():
    (hosts,) = re.findall(r"^ALLOWED_HOSTS=(.+)$", EXAMPLE, re.MULTILINE)

    assert "http://localhost:8000/health/ready" in str(SERVICES["site"]["healthcheck"])
    assert "localhost" in hosts.split(",")
