"""A copy of a member's data: what is in it, and how it is made, sealed and taken."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import connection, models, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.timezone import now
from nacl.secret import SecretBox
from nacl.utils import random

from community.identity import acting_as
from community.mail import compose
from community.models import Export, Member
from community.models.rights import WAITS
from community.registry import MEMBER, Holding, holdings

FORMAT = "lusotown-export-1"
OUTBOX = "community.outbox.OutboxBackend"


class NotThere(Exception):
    """The copy was taken already, or its day is over."""


# What is in it -------------------------------------------------------------------------------------


@cache
def _model(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table)


def _taken() -> Iterator[tuple[Holding, list[models.Field]]]:
    """Every table of which members take rows along, and the columns of it."""
    for holding in holdings():
        if wanted := set(holding.exported):
            # Where a text is in two languages, its bare column repeats one of them.
            wanted -= {name for name in wanted if f"{name}_pt" in wanted}
            fields = [field for field in _model(holding.table)._meta.concrete_fields if field.column in wanted]
            yield holding, fields


def _slug(field: models.Field) -> str:
    """The table whose word says more than its number, for a column that points there; else empty."""
    if isinstance(field, models.ForeignKey) and isinstance(field.remote_field.model, type):
        target = field.remote_field.model._meta
        try:
            target.get_field("slug")
        except FieldDoesNotExist:
            return ""
        return target.db_table if field.remote_field.model is not Member else ""
    return ""


def _name(field: models.Field) -> str:
    return field.name if _slug(field) else str(field.column)


def _select(field: models.Field) -> str:
    if table := _slug(field):
        key = field.target_field.column  # type: ignore[attr-defined]  # a foreign key's
        return f'(SELECT v.slug FROM "{table}" AS v WHERE v."{key}" = t."{field.column}") AS "{field.name}"'  # noqa: S608
    if isinstance(field, PointField):
        return f'ST_AsGeoJSON(t."{field.column}")::jsonb AS "{field.column}"'
    return f't."{field.column}"'


def gather(member: Member, *, at: datetime) -> dict[str, Any]:
    """All rows of a member, table by table, as the reader of this moment may see them: row security holds here too."""
    tables = {}
    with connection.cursor() as cursor:
        for holding, fields in _taken():
            whose = holding.whose.replace(MEMBER, "%(member)s::uuid")
            key = _model(holding.table)._meta.pk
            cursor.execute(
                f"SELECT coalesce(jsonb_agg(to_jsonb(mine)), '[]') FROM ("  # noqa: S608 (our own words)
                f'SELECT {", ".join(map(_select, fields))} FROM "{holding.table}" AS t'
                f' WHERE {whose} ORDER BY t."{key.column if key else 1}") AS mine',
                {"member": member.pk},
            )
            (rows,) = cursor.fetchone()
            tables[holding.table] = {"why": holding.why, "rows": json.loads(rows) if isinstance(rows, str) else rows}
    return {"format": FORMAT, "made_at": at.isoformat(), "member": str(member.pk), "tables": tables}


def schema() -> dict[str, Any]:
    """The shape of ``data.json``, as JSON Schema."""
    tables = {
        holding.table: {
            "description": holding.why,
            "type": "object",
            "properties": {
                "why": {"type": "string"},
                "rows": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {_name(field): _shape(field) for field in fields},
                        "required": [_name(field) for field in fields],
                        "additionalProperties": False,
                    },
                },
            },
            "required": ["why", "rows"],
            "additionalProperties": False,
        }
        for holding, fields in _taken()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A member's own data, as LusoTown hands it out",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "made_at": {"type": "string", "format": "date-time"},
            "member": {"type": "string", "format": "uuid"},
            "tables": {
                "type": "object",
                "properties": tables,
                "required": list(tables),
                "additionalProperties": False,
            },
        },
        "required": ["format", "made_at", "member", "tables"],
        "additionalProperties": False,
    }


SHAPES: tuple[tuple[type[models.Field], dict[str, Any]], ...] = (
    (models.BooleanField, {"type": "boolean"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.IntegerField, {"type": "integer"}),
    (models.JSONField, {"type": "object"}),
    (PointField, {"type": "object", "description": "GeoJSON"}),
)


def _shape(field: models.Field) -> dict[str, Any]:
    if isinstance(field, models.GeneratedField):
        return _shape(field.output_field)  # type: ignore[arg-type]  # it has one, or is none
    if isinstance(field, ArrayField):
        shape: dict[str, Any] = {"type": "array", "items": _shape(field.base_field)}
    elif isinstance(field, models.ForeignKey) and not _slug(field):
        return _shape(field.target_field) | (
            {"type": [_shape(field.target_field)["type"], "null"]} if field.null else {}
        )
    else:
        shape = next((dict(shape) for kind, shape in SHAPES if isinstance(field, kind)), {"type": "string"})
    if field.null:
        shape["type"] = [shape["type"], "null"]
    return shape


def pack(member: Member, *, at: datetime) -> bytes:
    """The zip: ``data.json``, its schema, the member's pictures, and a note in both languages."""
    data = gather(member, at=at)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, indent=2, ensure_ascii=False))
        archive.writestr("schema.json", json.dumps(schema(), indent=2, ensure_ascii=False))
        archive.writestr("README.txt", _note(at))
        for name in _pictures(data):
            if default_storage.exists(name):
                with default_storage.open(name) as picture:
                    archive.writestr(name, picture.read())
    return packed.getvalue()


def _pictures(data: dict[str, Any]) -> set[str]:
    rows = (row for table in data["tables"].values() for row in table["rows"])
    return {row["picture"] for row in rows if row.get("picture")}


def _note(at: datetime) -> str:
    parts = []
    for language, _words in settings.LANGUAGES:
        with translation.override(language):
            parts.append(render_to_string("my_data/readme.txt", {"at": at}).strip())
    return "\n\n----\n\n".join(parts) + "\n"


# How it is made, and taken -------------------------------------------------------------------------


@transaction.atomic
def make(export_id: str) -> None:
    """Make the copy that was asked for, and say so by mail. One that is made, or no longer wanted, is left alone.

    Killed in the middle, it has not happened: the next run begins anew and writes over what lies there.
    """
    export = (
        Export.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=export_id, ready_at=None).first()
    )
    if export is None:
        return
    stand_in = Member(pk=export.member_id)
    with acting_as(stand_in):
        member = Member.objects.only("id", "email", "language").get(pk=export.member_id)
        packed = pack(member, at=now())
    key = random(SecretBox.KEY_SIZE)
    _write(export.path, bytes(SecretBox(key).encrypt(packed)))
    export.ready_at, export.key, export.size = now(), key, len(packed)
    export.expires_at = export.ready_at + WAITS
    export.save(update_fields=["ready_at", "expires_at", "key", "size"])
    message = compose(
        "my_data/mail/ready", to=member.email, language=member.language, context={"until": export.expires_at}
    )
    get_connection(OUTBOX).send_messages([message])


def _write(path: Path, sealed: bytes) -> None:
    """Write a file that only this account of the machine reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@transaction.atomic
def take(member: Member, *, at: datetime) -> bytes:
    """Hand a member their copy, once: with the commit, key and file are gone.

    Raises NotThere if there is none, or another request was faster.
    """
    export = Export.objects.filter(member=member, expires_at__gt=at).first()
    # Whoever is second waits here for the first, and then finds nothing to delete.
    if export is None or export.key is None or not Export.objects.filter(pk=export.pk).delete()[0]:
        raise NotThere
    try:
        packed = SecretBox(bytes(export.key)).decrypt(export.path.read_bytes())
    except FileNotFoundError as error:
        raise NotThere from error
    transaction.on_commit(partial(export.path.unlink, missing_ok=True))
    return packed


def sweep(*, at: datetime) -> None:
    """Remove what nobody took in time, and every sealed file that no copy speaks of any more."""
    Export.objects.expired(at=at).delete()
    root = Path(settings.EXPORT_ROOT)
    if not root.exists():
        return
    known = {str(pk) for pk in Export.objects.values_list("pk", flat=True)}
    for file in root.iterdir():
        if file.stem not in known and file.suffix in {".sealed", ".draft"}:
            file.unlink(missing_ok=True)
