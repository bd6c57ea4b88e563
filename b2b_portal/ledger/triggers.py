"""The database itself refuses to change or remove what was posted, and rows of a closed month.

Set after every migrate. While one of the portal's migrations runs, those about months are lifted:
they name other tables, which may be rebuilt or go. SQLite drops a table's own triggers when it
rebuilds it.
"""

from django.db import connections

from ..customers.models import Supplier
from .models import Allocation, ClosedMonth, Entry

APPEND_ONLY = (Entry, Allocation)
ENTRIES, MONTHS, SUPPLIERS = (model._meta.db_table for model in (Entry, ClosedMonth, Supplier))

# The day of a new row, and the entry that knows its supplier.
DAYS = {Entry: ("booked_on", "id"), Allocation: ("effective_on", "debit_id")}

REFUSE = """
BEGIN
    RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END """
REFUSE_TRUNCATE = """
DECLARE filled boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO filled;
    IF filled THEN
        RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END """


def is_about_months(name):
    return name.endswith("_no_closed_month")


def _refuse_closed(model, schema):
    """The body of the function that looks through all rows of one INSERT.

    It holds the suppliers' months as ``months.hold_months`` does, for rows that come another way.
    """
    day, entry = DAYS[model]
    rows = f"new_rows n JOIN {schema}.{ENTRIES} e ON e.id = n.{entry}"
    return f"""
BEGIN
    PERFORM 1 FROM {schema}.{SUPPLIERS} WHERE id IN (SELECT e.supplier_id FROM {rows})
        ORDER BY id FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM {rows} JOIN {schema}.{MONTHS} m ON m.supplier_id = e.supplier_id
        WHERE m.reopened_at IS NULL AND m.ends_on >= n.{day}) THEN
        RAISE EXCEPTION '{model._meta.db_table}: the month is closed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END """


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
    day, entry = DAYS[model]
    supplier = f"(SELECT supplier_id FROM {ENTRIES} WHERE id = NEW.{entry})"
    if model is Entry:  # not there yet
        supplier = "NEW.supplier_id"
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
        f" WHEN EXISTS (SELECT 1 FROM {MONTHS} m WHERE m.reopened_at IS NULL"
        f" AND m.ends_on >= NEW.{day} AND m.supplier_id = {supplier})"
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
    """Make every trigger that is missing and whose tables stand. Safe to repeat."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    wanted = _wanted(connection)
    lacking = {
        name
        for name in missing(using)
        if wanted[name][0]._meta.db_table in tables
        and (MONTHS in tables or not is_about_months(name))
    }
    if not lacking:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in _functions(cursor).items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                    f" AS $${body}$$"
                )
        for name in sorted(lacking):
            model, sql = wanted[name]
            _drop(connection, cursor, name, model)
            cursor.execute(f"CREATE TRIGGER {name} {sql}")


def _functions(cursor):
    """{name: body} of the functions that PostgreSQL's triggers call, by the tables' own schema."""
    cursor.execute(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(%s)",
        [ENTRIES],
    )
    (schema,) = cursor.fetchone() or ("",)
    return {
        "b2b_portal_refuse": REFUSE,
        "b2b_portal_refuse_truncate": REFUSE_TRUNCATE,
    } | {
        f"{model._meta.db_table}_refuse_closed": _refuse_closed(model, schema)
        for model in APPEND_ONLY
    }


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
    functions = _functions(cursor)
    cursor.execute(
        "SELECT tgname, proname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        " AND tgrelid = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)",
        [list({model._meta.db_table for model, _sql in wanted.values()})],
    )
    return {trigger for trigger, name, body in cursor.fetchall() if functions.get(name) == body}


def remove(using="default", only=lambda name: True):
    """Lift the guard, or ``only`` some of it: while migrations run, and in tests that empty it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, (model, _sql) in _wanted(connection).items():
            if only(name):
                _drop(connection, cursor, name, model)


def _drop(connection, cursor, name, model):
    on = f" ON {model._meta.db_table}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
