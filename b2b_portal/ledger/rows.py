"""Many rows into a table at once, as fast as the database takes them."""

from django.db import connection
from django.db.models import Value


def insert(model, columns, rows):
    """Write tuples of the columns' values, checked before; nothing is returned or signalled.

    By COPY on PostgreSQL with psycopg 3, else by ``executemany``.
    """
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    marks = ", ".join(["%s"] * len(columns))
    columns = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and hasattr(cursor.cursor, "copy"):
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def update(model, columns, rows):
    """Set columns of rows that are told as tuples: the columns' values, and the primary key."""
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    columns = ", ".join(f"{quote(column)} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE {key} = %s", rows)


def insert_selected(model, columns, rows, constants=None):
    """INSERT … SELECT of a queryset's rows. ``columns``: {field: field or expression of the rows}.

    ``constants``: {field: the value of all}. Returns how many there are.
    """
    constants = {
        name: value if isinstance(value, Value) else Value(value, _target(model, name))
        for name, value in (constants or {}).items()
    }
    select, params = rows.values_list(
        *columns.values(), *constants.values()
    ).query.sql_with_params()
    quote = connection.ops.quote_name
    names = ", ".join(quote(model._meta.get_field(name).column) for name in [*columns, *constants])
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {select}", params)
        return cursor.rowcount


def _target(model, name):
    field = model._meta.get_field(name)
    return field.target_field if field.remote_field else field


def analyze(model):
    """Let PostgreSQL know what was just written: without it, it plans as for an empty table."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
