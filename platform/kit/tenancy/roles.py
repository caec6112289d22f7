"""The second lock: a PostgreSQL role for each store, which may touch that store's schema and nothing else.

The login has no rights of its own. Each scope puts on a role in the statement that sets its path: a store's own role,
the control plane's, or the owner's (who makes and changes tables). What the lock holds, and what not:
docs/decisions/0040-a-role-for-every-store.md.
"""

import re

from django.conf import settings

from kit.tenancy.scope import STORE_SCHEMA, Scope

OWNER = "linli_owner"  # owns every schema and table; makes the stores' roles
CONTROL = "linli_control"  # the control plane's tables
STORES = "linli_stores"  # member of every store's role, so that a login needs to be given one role for all
# What the control plane may do in a store: learn how far it is migrated, and collect what it has put out for billing.
_REACHED = {"django_migrations": "SELECT", "journal_outboxfact": "SELECT, UPDATE, DELETE"}
# What a store only ever adds to: its books and the moves of its stock (no row of them is changed or taken back)
_ONLY_ADDED_TO = ("ledger_transfer", "ledger_posting", "inventory_stockmove")
_TAKES_OFF = re.compile(
    r"\b(?:re)?set\s+(?:(?:local|session)\s+)?(?:role|session\s+authorization)\b|\bset_config\b|\bdiscard\s+all\b"
)

_TELLTALES = ("role", "session", "set_config", "discard")


class LockTouched(RuntimeError):
    """A statement wanted to put on another role. It did not run: only a scope does that."""


def is_locked() -> bool:
    """Say whether stores have roles (setting LINLI_STORE_ROLES: on, off, or "login" for a Citus cell)."""
    return bool(settings.LINLI_STORE_ROLES != "off")


def role_for(scope: Scope) -> str | None:
    """Say which role a scope puts on; None when the lock is switched off."""
    if not is_locked():
        return None
    if scope.as_owner:
        return OWNER
    return scope.schema if scope.store else CONTROL


def refuse_to_take_off(statement: str) -> None:
    """Let through what leaves the role alone. :raises LockTouched: it would put on another."""
    lower = statement.lower()
    # Most statements name none of these, and looking for a word is cheaper than the expression
    if any(word in lower for word in _TELLTALES) and _TAKES_OFF.search(lower):
        raise LockTouched(statement[:200])


def making_role(schema: str) -> str:
    """Write the statements that make a schema's role and let it use the tables the owner makes there from now on."""
    may = "LOGIN" if settings.LINLI_STORE_ROLES == "login" else "NOLOGIN"
    name = _quoted(schema)
    return f"""
CREATE ROLE {name} {may} NOINHERIT;
GRANT {name} TO {STORES};
{letting_in(schema)}"""


def letting_in(schema: str) -> str:
    """Write what a schema's role and the control plane may do there. Safe to repeat; run as the owner."""
    name = _quoted(schema)
    return f"""
GRANT USAGE ON SCHEMA {name} TO {name}, {CONTROL};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {name};
ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};
ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT USAGE, SELECT ON SEQUENCES TO {name};
"""


def reaching_in(schema: str) -> str:
    """Write what the control plane may do in a schema whose tables stand, and which of them its store only adds to.

    Safe to repeat; run as the owner, after whatever gave the store rights on all its tables.
    """
    name = _quoted(schema)
    reached = "".join(f'GRANT {rights} ON {name}."{table}" TO {CONTROL};\n' for table, rights in _REACHED.items())
    kept = ", ".join(f'{name}."{table}"' for table in _ONLY_ADDED_TO)
    return f"{reached}REVOKE UPDATE, DELETE ON {kept} FROM {name};\n"


def reached_by_control(schema: str) -> str:
    """Write that the control plane may read a schema that is no store's: the template."""
    name = _quoted(schema)
    return (
        f"GRANT USAGE ON SCHEMA {name} TO {CONTROL};\n"
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT ON TABLES TO {CONTROL}"
    )


def dropping_role(schema: str) -> str:
    """Write the statement that drops the role of a schema that is gone."""
    return f"DROP ROLE IF EXISTS {_quoted(schema)}"


def _quoted(schema: str) -> str:
    if not STORE_SCHEMA.match(schema):
        raise ValueError(schema)
    return f'"{schema}"'
