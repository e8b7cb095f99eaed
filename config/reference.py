"""The API's description as people read it: what the OpenAPI document says, set out for a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from community.richtext import render_markdown
from config.description import Json

GROUPS = {
    "index": _("The beginning"),
    "events": _("Events"),
    "businesses": _("Businesses"),
    "places": _("Places"),
    "taxonomy": _("The vocabulary"),
    "members": _("Members"),
    "verification": _("Verification of heritage"),
}
SHAPES = "#/components/schemas/"
OR = SafeString(" | ")
COMMA = SafeString(", ")


class Field(NamedTuple):
    """A parameter, or a property of a shape."""

    name: str
    kind: SafeString
    words: SafeString
    is_required: bool
    default: str
    range: str
    examples: list[str]


class Answer(NamedTuple):
    """What may come back: a status, a word for it, and for each media type what is in it."""

    status: str
    words: SafeString
    contents: list[tuple[str, SafeString]]


class Operation(NamedTuple):
    """One method at one address."""

    name: str
    method: str
    address: str
    summary: str
    words: SafeString
    scope: str
    parameters: list[Field]
    bodies: list[tuple[str, SafeString]]
    answers: list[Answer]
    problems: list[Answer]
    call: str


class Shape(NamedTuple):
    """An object that answers and requests are made of."""

    name: str
    words: SafeString
    fields: list[Field]


class Reference(NamedTuple):
    """The page: its operations by group, and the shapes they name."""

    words: SafeString
    groups: list[tuple[str, str, list[Operation]]]
    shapes: list[Shape]


class _Reader:
    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self.shapes: Json = schema["components"]["schemas"]
        self.server: str = schema["servers"][0]["url"]

    def groups(self) -> Iterator[tuple[str, str, list[Operation]]]:
        found: dict[str, list[Operation]] = {name: [] for name in GROUPS}
        for address, operations in self.schema["paths"].items():
            for method, operation in operations.items():
                found[operation["tags"][0]].append(self.operation(address, method, operation))
        for name, operations in found.items():
            yield name, str(GROUPS[name]), operations

    def operation(self, address: str, method: str, operation: Json) -> Operation:
        needs = operation.get("security", [{}])[0].get("token", [""])
        answers = [self.answer(status, answer) for status, answer in operation["responses"].items()]
        parameters = [self.field(told, told["schema"], told.get("required", False)) for told in operation["parameters"]]
        return Operation(
            operation["operationId"],
            method.upper(),
            address,
            operation["summary"],
            self.words(operation),
            needs[0],
            parameters,
            self.contents(operation.get("requestBody", {})),
            [answer for answer in answers if answer.status < "400"],
            [answer for answer in answers if answer.status >= "400"],
            self.call(address, method, operation, needs[0]),
        )

    def answer(self, status: str, answer: Json) -> Answer:
        return Answer(status, self.words(answer), self.contents(answer))

    def contents(self, told: Json) -> list[tuple[str, SafeString]]:
        return [(media, self.kind(content.get("schema", {}))) for media, content in told.get("content", {}).items()]

    def object_shapes(self) -> Iterator[Shape]:
        for name, shape in sorted(self.shapes.items()):
            if "properties" in shape:
                needed = shape.get("required", [])
                fields = [
                    self.field(told | {"name": field}, told, field in needed)
                    for field, told in shape["properties"].items()
                ]
                yield Shape(name, self.words(shape), fields)

    def field(self, told: Json, schema: Json, is_required: bool) -> Field:
        low, high = schema.get("minimum", ""), schema.get("maximum", schema.get("maxLength", ""))
        return Field(
            told["name"],
            self.kind(schema),
            self.words(told),
            is_required,
            json.dumps(schema["default"]) if "default" in schema else "",
            f"{low}–{high}" if low != "" and high != "" else (f"≤ {high}" if high != "" else ""),
            schema.get("examples", []),
        )

    def words(self, told: Json) -> SafeString:
        return render_markdown(str(told.get("description", "")))

    def kind(self, schema: Json) -> SafeString:
        """What may stand there, in the notation of TypeScript: ``Term[]``, ``uuid | null``."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(SHAPES)
            shape = self.shapes[name]
            return format_html('<a href="#{0}">{0}</a>', name) if "properties" in shape else self.kind(shape)
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                kinds = dict.fromkeys(self.kind(one) for one in schema[several])
                return format_html_join(OR, "{}", ((kind,) for kind in kinds))
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            return format_html_join(OR, "{}", ((json.dumps(value),) for value in values))
        types = schema.get("type", "object")
        each = [self.plain(one, schema) for one in ([types] if isinstance(types, str) else types)]
        return format_html_join(OR, "{}", ((kind,) for kind in each))

    def plain(self, kind: str, schema: Json) -> SafeString:
        if kind == "array":
            one = self.kind(schema["items"])
            return format_html("({})[]" if OR in one else "{}[]", one)
        if kind == "object" and "properties" in schema:
            inner = ((name, self.kind(told)) for name, told in schema["properties"].items())
            return format_html("{{ {} }}", format_html_join(COMMA, "{}: {}", inner))
        return format_html("{}", schema["format"] if kind == "string" and "format" in schema else kind)

    def call(self, address: str, method: str, operation: Json, scope: str) -> str:
        """The same for a shell; what a caller must put in stands in capitals."""
        needed = {
            told["name"]: told["schema"].get("examples", [told["name"].upper()])[0]
            for told in operation["parameters"]
            if told["in"] == "query" and told.get("required")
        }
        for told in operation["parameters"]:
            if told["in"] == "path":
                address = address.replace(f"{{{told['name']}}}", told["name"].upper())
        parts = ["curl" if method == "get" else f"curl -X {method.upper()}"]
        parts.append(f"'{self.server}{address}{'?' + urlencode(needed) if needed else ''}'")
        if scope:
            parts.append("-H 'Authorization: Bearer TOKEN'")
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                parts.append("-H 'Content-Type: application/json' -d @BODY.json")
            else:
                shape = self.shapes[content["schema"]["$ref"].removeprefix(SHAPES)]
                parts += [f"-F {name}={_part(name, shape['properties'][name])}" for name in shape["required"]]
        return " ".join(parts) if len(parts) < 3 else " \\\n  ".join(parts)


def _part(name: str, schema: Json) -> str:
    return "@FILE" if schema.get("format") == "binary" else name.upper()


def reference(schema: Json) -> Reference:
    """The OpenAPI document, for a page; in the language it was made in."""
    reader = _Reader(schema)
    return Reference(reader.words(schema["info"]), list(reader.groups()), list(reader.object_shapes()))
