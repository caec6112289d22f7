"""Finding, in the product's source, every function that makes a secret or signs something."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKING = (
    "secrets.",
    "hmac.new",
    "hmac.digest",
    "hmac.HMAC",
    "random.SystemRandom",
    "os.urandom",
    "uuid.uuid4",
    "django.core.signing.",
    "django.utils.crypto.get_random_string",
    "django.utils.crypto.salted_hmac",
    "django.contrib.auth.tokens.",
    "kit.signing.sign",
    "kit.signing.scope_salt",
    "kit.ids.new_digits",
)
_HARMLESS = (".compare_digest", ".BadSignature")
_ELSEWHERE = ("platform/config/demo/",)  # a demo's own secrets, made once for a machine


def issuers() -> set[str]:
    """List them as ``module:function``."""
    found: set[str] = set()
    for folder in ("platform", "tenants", "billing", "api"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if "/migrations/" in name or "node_modules" in name or name.startswith(_ELSEWHERE):
                continue
            module = name.removeprefix("platform/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found |= {f"{module}:{function}" for function in issuers_in(file.read_text())}
    return found


def issuers_in(source: str) -> set[str]:
    """List the functions of one module that make a secret or sign, however the means were imported."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known.update({one.asname or one.name: one.name for one in node.names})
        elif isinstance(node, ast.ImportFrom):
            known.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
    return set(_walk(tree, "(module)", known))


def _walk(node: ast.AST, inside: str, known: dict[str, str]) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield from _walk(child, child.name if inside == "(module)" else f"{inside}.{child.name}", known)
            continue
        called = _dotted(child.func, known) if isinstance(child, ast.Call) else ""
        if called.startswith(MAKING) and not called.endswith(_HARMLESS):
            yield inside
        yield from _walk(child, inside, known)


def _dotted(node: ast.AST, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, known)
        return f"{before}.{node.attr}" if before else ""
    return ""
