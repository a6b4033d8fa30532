"""The JSON Schema (2020-12) of the estate file, made from its shapes."""

from __future__ import annotations

from trustpath.facts.estate.shape import (
    Either,
    Json,
    Listing,
    Record,
    Scalar,
    Shape,
    Table,
    Variants,
)


def json_schema(shape: Shape, *, title: str) -> Json:
    """Return the whole schema document of a shape."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **_of(shape),
    }


def _of(shape: Shape) -> Json:
    match shape:
        case Scalar():
            return {"description": shape.expected, **shape.json}
        case Record():
            return _record(shape)
        case Listing():
            return {"type": "array", "items": _of(shape.item)}
        case Table():
            return {
                "type": "object",
                "propertyNames": shape.key.json,
                "additionalProperties": _of(shape.value),
            }
        case Either():
            return {"anyOf": [_of(shape.text), _of(shape.other)]}
        case Variants():
            return _variants(shape)


def _record(shape: Record) -> Json:
    properties = {}
    for item in shape.fields:
        inner = _of(item.shape)
        if shape.blanks:
            inner = {"anyOf": [inner, {"type": "null"}]}
        properties[item.key] = {**inner, "description": item.doc} if item.doc else inner
    whole: Json = {
        "type": "object",
        "description": shape.what,
        "properties": properties,
        "additionalProperties": shape.open,
    }
    required = [item.key for item in shape.fields if item.required]
    if required:
        whole["required"] = required
    if shape.short is None:
        return whole
    short = next(item for item in shape.fields if item.key == shape.short)
    return {"anyOf": [_of(short.shape), whole]}


def _variants(shape: Variants) -> Json:
    names = list(shape.cases)
    tag = {"properties": {shape.tag: {"enum": names}}}
    return {
        "type": "object",
        "allOf": [
            {
                "if": {
                    "required": [shape.tag],
                    "properties": {shape.tag: {"const": name}},
                },
                "then": _of(case),
            }
            for name, case in shape.cases.items()
        ]
        + [{"if": {"required": [shape.tag], **tag}, "else": _of(shape.other)}],
    }
