"""A stand-in for Citus in a test database: its functions with their real names, and its refusals of DDL.

Not Citus. It remembers which schemas were distributed and, by an event trigger, sees every DDL command as the server
does: several commands in one string, or an identity added later, inside a distributed schema are refused as Citus
refuses them (tried by hand on Citus 13.2, architecture part 3).
"""

from typing import Any

import psycopg

_FAKE = """
CREATE SCHEMA fake_citus;
CREATE TABLE fake_citus.asked (id bigserial PRIMARY KEY, what text, schema text, node text);
CREATE TABLE fake_citus.ddl (id bigserial PRIMARY KEY, received timestamptz, backend int, schema text, query text);
CREATE TABLE pg_dist_node (nodename text, nodeport int, isactive bool);
INSERT INTO pg_dist_node VALUES ('worker-1', 5432, true), ('worker-2', 5432, true), ('worker-3', 5432, false);

CREATE FUNCTION pg_catalog.citus_schema_distribute(schemaname regnamespace) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = schemaname AND relkind = 'r') THEN
        RAISE EXCEPTION 'the schema is empty: it was to be built first';
    END IF;
    INSERT INTO fake_citus.asked (what, schema, node) VALUES ('distribute', schemaname::text, 'worker-1:5432');
END $$;

CREATE FUNCTION pg_catalog.citus_schema_move(
    schema_id regnamespace, target_node_name text, target_node_port int
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO fake_citus.asked (what, schema, node)
    VALUES ('move', schema_id::text, target_node_name || ':' || target_node_port);
END $$;

CREATE VIEW citus_shards AS
SELECT DISTINCT ON (a.schema) a.schema || '.members_member' AS table_name, split_part(a.node, ':', 1) AS nodename,
       split_part(a.node, ':', 2)::int AS nodeport
FROM fake_citus.asked a ORDER BY a.schema, a.id DESC;

GRANT SELECT ON pg_dist_node, citus_shards TO PUBLIC;

CREATE FUNCTION fake_citus.see() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT DISTINCT coalesce(schema_name, '') AS schema FROM pg_event_trigger_ddl_commands() LOOP
        CONTINUE WHEN NOT EXISTS (SELECT 1 FROM fake_citus.asked WHERE schema = one.schema);
        IF EXISTS (SELECT 1 FROM fake_citus.ddl
                   WHERE received = statement_timestamp() AND backend = pg_backend_pid() AND schema = one.schema) THEN
            RAISE EXCEPTION 'cannot execute multiple utility events';
        END IF;
        IF current_query() ~* 'ADD GENERATED' THEN
            RAISE EXCEPTION 'alter table command is currently unsupported';
        END IF;
        INSERT INTO fake_citus.ddl (received, backend, schema, query)
        VALUES (statement_timestamp(), pg_backend_pid(), one.schema, current_query());
    END LOOP;
END $$;
CREATE EVENT TRIGGER fake_citus_sees ON ddl_command_end EXECUTE FUNCTION fake_citus.see();
"""


def pretend_citus(url: str) -> None:
    """Let a test database answer as a Citus coordinator would; what stands there counts as distributed."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(_FAKE)
        admin.execute(
            "INSERT INTO fake_citus.asked (what, schema, node)"
            " SELECT 'distribute', nspname, 'worker-1:5432' FROM pg_namespace"
            " WHERE nspname ~ '^t_' AND nspname <> 't_template'"
        )


def seen(url: str, query: str) -> list[tuple[Any, ...]]:
    """Ask the stand-in what it saw."""
    with psycopg.connect(url, autocommit=True) as admin:
        answer = admin.execute(query)
        return answer.fetchall() if answer.description else []
