"""Celery, and the list of everything that happens by itself."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csplatform.settings")

app = Celery("csplatform")
app.conf.update(
    broker_url=os.environ.get("REDIS_URL"),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=240,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
    },
    beat_schedule={
        "nightly ageing and snapshots, each tenant at its own midnight": {
            "task": "health.tasks.snapshot_due_tenants",
            "schedule": crontab(minute="*/5"),
        },
        "partitions of the coming months": {
            "task": "accounts.tasks.add_months",
            "schedule": crontab(hour=3, minute=10),
        },
        "old idempotent replies and request counts": {
            "task": "accounts.tasks.prune",
            "schedule": crontab(hour=3, minute=40),
        },
    },
)
app.autodiscover_tasks()
