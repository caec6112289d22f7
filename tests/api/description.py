"""Holding answers against the API's own description: an answer that does not fit it is a broken promise."""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from api.store.description import describe

PREFIX = "/api/v1"


@cache
def described() -> dict[str, Any]:
    return describe()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """List (method, path, operation)."""
    return [
        (method, path, operation)
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    ]


def operation_at(method: str, path: str) -> dict[str, Any] | None:
    """Find what a request's path and method mean."""
    plain = path.partition("?")[0]
    for template, methods in described()["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), plain):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


def faults_of(value: Any, schema: dict[str, Any]) -> list[str]:
    """Say where a value does not fit a schema of the description."""
    whole = {**schema, "components": described()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker(["uuid", "date"]))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def refuse_undescribed(method: str, path: str, response: Any) -> None:
    """Fail unless the answer's status, media type and body are what the description says."""
    operation = operation_at(method, path)
    if operation is None:
        return
    media_type = response.headers.get("Content-Type", "")
    said = operation["responses"].get(str(response.status_code))
    if said is None:
        assert response.status_code in (405, 406, 413, 415), f"{method} {path}: {response.status_code} is not described"
        return
    if not said.get("content"):
        assert response.content == b""
        return
    assert media_type in said["content"], f"{method} {path}: {media_type} is not described"
    faults = faults_of(response.json(), said["content"][media_type]["schema"])
    assert not faults, f"{method} {path} {response.status_code}: {faults}"
    if response.status_code >= 400:
        code = response.json()["code"]
        assert code in said["description"].split(", "), f"{method} {path}: {code} is not described"
