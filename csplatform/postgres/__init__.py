"""Django's PostgreSQL backend with three walls of tenancy built in: the tenant setting, row level security, and
composite keys. Plain models go in; nobody can forget a wall."""
