from __future__ import annotations

import re
from typing import Any

from django.db import migrations

QUOTED = re.compile(r'"([^"]*)"')
PLAIN = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def canonical(address: str) -> str:
    """The mailbox that letters to an address went to until now, when Django spelled it out; else the address as it is.

    A few domains (``faß.example``) were spelled out otherwise than ``community.mailboxes`` does today. Here the one
    counts whose mail was read.
    """
    name, _at, domain = address.lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        return address
    if quoted := QUOTED.fullmatch(name):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return f"{name}@{domain}" if PLAIN.fullmatch(name) else address


def spell(apps: Any, schema_editor: Any) -> None:
    members, proved = apps.get_model("community", "Member").objects, apps.get_model("account", "EmailAddress").objects
    odd = members.filter(email__regex=r'[^ -~]|"')
    for pk, old in list(odd.order_by("joined_at").values_list("pk", "email")):
        new = canonical(old)
        if new == old or members.filter(email__iexact=new).exists() or proved.filter(email__iexact=new).exists():
            continue
        members.filter(pk=pk).update(email=new)
        proved.filter(user_id=pk, email__iexact=old).update(email=new)


class Migration(migrations.Migration):
    """A member's address has the spelling by which it is looked up from now on (community/mailboxes.py).

    Where someone else has that one already, both stay as they are: whose mailbox it is, the desk finds out.
    """

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("community", "0108_matches_sooner"),
    ]

    operations = [migrations.RunPython(spell, migrations.RunPython.noop)]
