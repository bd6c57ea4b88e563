"""The database itself refuses to change or remove what was posted, and rows of a closed month.

On SQLite they are lifted while migrations run and made again afterwards: it drops a table's
triggers whenever it rebuilds it, and refuses to rebuild a table that another one's trigger names.
"""

from django.db import connections

from .models import Allocation, ClosedMonth, Entry

APPEND_ONLY = (Entry, Allocation)
TABLES = (*APPEND_ONLY, ClosedMonth)  # that triggers need
MONTHS = ClosedMonth._meta.db_table
ENTRIES = Entry._meta.db_table

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION b2b_portal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION b2b_portal_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE filled boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO filled;
    IF filled THEN
        RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


# The day of a new row, and how to find its supplier.
DAYS = {
    Entry: ("booked_on", "WHERE m.supplier_id = {new}.supplier_id"),
    Allocation: (
        "effective_on",
        f"JOIN {ENTRIES} e ON e.supplier_id = m.supplier_id WHERE e.id = {{new}}.debit_id",
    ),
}


def _closed_month(model, new):
    """SQL: is there a closed month that holds the row ``new``?"""
    day, supplier = DAYS[model]
    return (
        f"EXISTS (SELECT 1 FROM {MONTHS} m {supplier.format(new=new)}"
        f" AND m.reopened_at IS NULL AND m.ends_on >= {new}.{day})"
    )


def _refuse_closed(model):
    """The function that looks through all rows of one INSERT."""
    table = model._meta.db_table
    return f"""
CREATE OR REPLACE FUNCTION {table}_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows WHERE {_closed_month(model, "new_rows")}) THEN
        RAISE EXCEPTION '{table}: the month is closed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


def _unique_keys(model):
    """Column tuples by which INSERT OR REPLACE could push a row out."""
    meta = model._meta
    for field in meta.local_fields:
        if field.unique:
            yield (field.column,)
    for constraint in meta.total_unique_constraints:
        yield tuple(meta.get_field(name).column for name in constraint.fields)


def _sqlite(model):
    table = model._meta.db_table
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only: correct by a reversal');"
    clash = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "
        + " AND ".join(f"{column} = NEW.{column}" for column in columns)
        + ")"
        for columns in _unique_keys(model)
    )
    return {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} BEGIN {refuse} END",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} BEGIN {refuse} END",
        f"{table}_no_replace": f"BEFORE INSERT ON {table} WHEN {clash} BEGIN {refuse} END",
        f"{table}_no_closed_month": f"BEFORE INSERT ON {table}"
        f" WHEN {_closed_month(model, 'NEW')}"
        f" BEGIN SELECT RAISE(ABORT, '{table}: the month is closed'); END",
    }


def _postgresql(model):
    table = model._meta.db_table
    return {
        f"{table}_no_change": f"BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION b2b_portal_refuse()",
        f"{table}_no_truncate": f"BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION b2b_portal_refuse_truncate()",
        f"{table}_no_closed_month": f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_closed()",
    }


def _wanted(connection):
    """{trigger name: (model, definition)} for this kind of database; none for others."""
    make = {"sqlite": _sqlite, "postgresql": _postgresql}.get(connection.vendor)
    if make is None:
        return {}
    return {name: (model, sql) for model in APPEND_ONLY for name, sql in make(model).items()}


def install(using="default"):
    """Make every trigger that is missing. Safe to repeat."""
    connection = connections[using]
    lacking = missing(using)
    if not lacking:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTIONS + "".join(map(_refuse_closed, APPEND_ONLY)))
        for name, (model, sql) in _wanted(connection).items():
            if name in lacking:
                _drop(connection, cursor, name, model)
                cursor.execute(f"CREATE TRIGGER {name} {sql}")


def missing(using="default"):
    """Names of triggers that should stand in the database and do not, or would not refuse."""
    connection = connections[using]
    there = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}.get(connection.vendor)
    if there is None:
        return set()
    wanted = _wanted(connection)
    with connection.cursor() as cursor:
        return set(wanted) - there(cursor, wanted)


def _on_sqlite(cursor, wanted):
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    made = dict(cursor.fetchall())
    return {
        name
        for name, (_model, sql) in wanted.items()
        if made.get(name) == f"CREATE TRIGGER {name} {sql}"
    }


def _on_postgresql(cursor, wanted):
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        " AND tgrelid = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)",
        [list({model._meta.db_table for model, _sql in wanted.values()})],
    )
    return {row[0] for row in cursor.fetchall()}


def remove(using="default"):
    """Lift the guard. For tests that empty the database; nothing in production calls it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, (model, _sql) in _wanted(connection).items():
            _drop(connection, cursor, name, model)


def _drop(connection, cursor, name, model):
    on = f" ON {model._meta.db_table}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
