"""Stripe's wire format: bracketed forms in, JSON errors out."""

import re
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

Obj = dict[str, Any]

MAGIC = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png"}
PART = re.compile(r"\[([^\]]*)\]")


class ApiError(Exception):
    """An answer that is not 200, in the words of Stripe's error object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.more = more
        self.body: Obj = {"type": type, "message": message}
        if code:
            self.body["code"] = code
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.body["param"] = param
        self.body.update(more)


def missing(kind: str, ref: str, *, param: str = "id") -> ApiError:
    """The 404 Stripe gives for an id it does not know."""
    words = kind.replace("_", " ").replace(".", " ")
    return ApiError(404, f"No such {words}: '{ref}'", code="resource_missing", param=param)


def decode_form(text: str) -> Obj:
    """This function will turn ``a[b][0]=x`` into ``{"a": {"b": ["x"]}}``, as Stripe reads it."""
    tree: Obj = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, _ = name.partition("[")
        place(tree, [head, *PART.findall(name[len(head) :])], value)
    return {key: lists_from_indexes(value) for key, value in tree.items()}


def decode_upload(raw: bytes, content_type: str) -> str:
    """This function will read a multipart body as a form; of a file, its name, size, type and hash."""
    letter = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    found: list[tuple[str, str]] = []
    for part in letter.iter_parts():
        content = part.get_payload(decode=True) or b""
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        if (filename := part.get_filename()) is None:
            found.append((name, content.decode("utf-8", "replace")))
            continue
        told = {"filename": filename, "size": len(content), "sha256": sha256(content).hexdigest()}
        told["type"] = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "unknown")
        found += [(f"{name}[{key}]", str(value)) for key, value in told.items()]
    return urlencode(found)


def place(tree: Obj, path: list[str], value: str) -> None:
    here = tree
    for part in path[:-1]:
        here = here.setdefault(part or str(len(here)), {})
        if not isinstance(here, dict):
            raise ApiError(400, f"Invalid object: {path[0]}", param=path[0])
    last = path[-1] or str(len(here))
    here[last] = value


def lists_from_indexes(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [lists_from_indexes(value[key]) for key in sorted(value, key=int)]
    return {key: lists_from_indexes(inner) for key, inner in value.items()}
