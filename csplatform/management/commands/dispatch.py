"""The process that tells Celery of the work that waits in the database."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from csplatform.celery import app
from csplatform.dispatch import Dispatcher
from csplatform.queue import Queue


class Command(BaseCommand):
    help = "Listen for work, sweep every second, and publish it to Celery. Runs until SIGTERM or SIGINT."
    requires_system_checks = ()  # they load every page, and this process shows none

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Dispatcher(Queue(app), stop).run()
