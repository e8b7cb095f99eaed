"""docs/privacy.md and docs/export.schema.json, from the words of the registry."""

from __future__ import annotations

import json
from collections.abc import Iterator

from community.exports import schema
from community.registry import Holding, Kind, holdings

HEAD = """# What LusoTown keeps about people

*Generated from the registry (`*/privacy.py`) by `manage.py write_privacy`; the checks fail if it is out of date.*

*Em português: esta página diz, tabela a tabela, o que se guarda sobre as pessoas, porquê, durante quanto tempo, o
que vai na cópia que cada membro pode pedir e o que acontece quando pede para apagar tudo. A página «Privacidade» do
sítio diz o mesmo em poucas palavras.*

Whoever runs a LusoTown is the controller. Everything here is kept to run the account a member asked for (UK GDPR
Art. 6(1)(b)), to keep the town safe and accountable (6(1)(f)), or on a consent that is as easy to take back as to
give: heritage is special-category data and stands on an explicit consent of its own (Art. 9(2)(a)). Row security in
PostgreSQL holds who may read what; see [ARCHITECTURE.md](../ARCHITECTURE.md).

- **A copy** is asked for and taken on “My data”: a zip with `data.json` (its shape:
  [export.schema.json](export.schema.json)), pictures and a note in both languages. It is sealed, waits 24 hours,
  and can be taken once.
- **Erasing** makes a member invisible at once. For 24 hours they can change their mind; then one transaction does
  what each table below says, and their pictures are removed. Backups are the operator's: see
  [operators.md](operators.md).
- **Secrets** (passwords, keys) are never in a copy. **Special** marks special-category data or what hints at it.
- **The audit** notes who changed which row of a table and when; where a table says it is not written down, the
  reason stands there.
"""

MARK = {Kind.SPECIAL: " **special**", Kind.SECRET: " *secret*"}


def document() -> str:
    """The whole of docs/privacy.md."""
    told = holdings()
    about_people = [each for each in told if set(each.kinds.values()) != {Kind.NONE}]
    others = [each for each in told if each not in about_people]
    parts = [HEAD, "## Tables that hold something about people\n"]
    parts += ["\n".join(_section(each)) for each in about_people]
    parts.append("## Tables that hold nothing about people\n")
    parts.append("\n".join(f"- `{each.table}`: {each.why} ({', '.join(each.kinds)})" for each in others) + "\n")
    return "\n".join(parts)


def schema_text() -> str:
    """The whole of docs/export.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _section(holding: Holding) -> Iterator[str]:
    yield f"### {holding.table}\n"
    yield f"{holding.why[:1].upper()}{holding.why[1:]}.\n"
    yield f"- **Kept**: {holding.kept}."
    yield f"- **In your copy**: {_export(holding)}."
    yield f"- **When you are erased**: {holding.erasure.words}."
    yield f"- **Changes written down**: {f'no: {holding.unaudited}' if holding.unaudited else 'yes'}."
    yield f"- **Personal**: {_columns(holding, Kind.PERSONAL, Kind.SPECIAL, Kind.SECRET) or 'none'}."
    yield f"- **About the row itself**: {_columns(holding, Kind.NONE) or 'none'}.\n"


def _export(holding: Holding) -> str:
    if not holding.whose:
        return "no: no row is a member's own"
    if holding.export:
        return f"no: {holding.export}"
    withheld = [f"`{column}` ({reason})" for column, reason in holding.withheld.items()]
    withheld += [f"`{column}` (a secret)" for column, kind in holding.kinds.items() if kind == Kind.SECRET]
    return "yes, but not " + ", ".join(withheld) if withheld else "yes, all of it"


def _columns(holding: Holding, *kinds: Kind) -> str:
    return ", ".join(f"`{name}`{MARK.get(kind, '')}" for name, kind in holding.kinds.items() if kind in kinds)
