"""Celery, and the list of everything that happens by itself."""

import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from celery.schedules import crontab
from celery.signals import worker_init, worker_process_init
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csplatform.settings")

STATEMENT_TIMEOUT = "120s"
# Kilobytes: a process that had more, once, gives way to a fresh one after its task, so that what one task needs never
# adds to what another left. A process begins with some 165 MB.
LARGEST_PROCESS = 225_000


class PatientConnection(Connection):
    """Looks for a lost Redis every second, however long it is away."""

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Connection:
        return super().ensure_connection(
            *args, **({"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1} | kwargs)
        )


class PatientAMQP(AMQP):
    Connection = PatientConnection


app = Celery("csplatform", amqp=PatientAMQP, task_cls="csplatform.queue:Task")
app.conf.update(
    broker_url=os.environ.get("REDIS_URL"),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_memory_per_child=LARGEST_PROCESS,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    task_time_limit=240,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A message is a hint: what a killed worker held is published again because its work still waits. So Redis keeps
    # no record of unacknowledged messages, and a worker never waits for a hung Redis to forget one.
    broker_transport_options={
        "ack_emulation": False,
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
    },
    beat_schedule={
        "nightly ageing and snapshots, each tenant at its own midnight": {
            "task": "health.tasks.snapshot_due_tenants",
            "schedule": crontab(minute="*/5"),
        },
        "old lines of what arrived": {
            "task": "health.tasks.forget_arrivals",
            "schedule": crontab(minute="*/5"),
        },
        "steps that became overdue, once each tenant's day": {
            "task": "accounts.tasks.tell_overdue",
            "schedule": crontab(minute="*/5"),
        },
        "rating rounds: opened, handed over, reminded of, once each tenant's day": {
            "task": "relationships.tasks.begin_tending",
            "schedule": crontab(minute="*/5"),
        },
        "digests, at seven where each member is": {
            "task": "csplatform.tasks.begin_digests",
            "schedule": crontab(minute="*/5"),
        },
        "partitions of the coming months": {
            "task": "accounts.tasks.add_months",
            "schedule": crontab(hour=3, minute=10),
        },
        "webhooks: given up, switched off, pruned": {
            "task": "accounts.tasks.tidy_webhooks",
            "schedule": crontab(minute=17),
        },
        "old idempotent replies and request counts": {
            "task": "accounts.tasks.prune",
            "schedule": crontab(hour=3, minute=40),
        },
    },
)
app.autodiscover_tasks()


@worker_process_init.connect
def allow_longer_statements(**_: Any) -> None:
    """Jobs may take longer than pages; a turn still ends before the task's hard time limit."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options['options']} -c statement_timeout={STATEMENT_TIMEOUT}"


@worker_init.connect
def refuse_to_start(**_: Any) -> None:
    """No work where a wall of tenancy is down. Celery logs and forgets exceptions of signals, but not this one."""
    from csplatform.boot import WallDown, refuse_if_a_wall_is_down

    try:
        refuse_if_a_wall_is_down()
    except WallDown as wall:
        raise SystemExit(str(wall)) from None
