"""The Celery application under measurement: a task that does nothing, and one that adds what the others returned.

The prefetch multiplier is the one its page on optimizing names for short tasks; all else is its default.
"""

import os

from celery import Celery
from celery.signals import worker_ready

redis = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}"
app = Celery("bench", broker=f"{redis}/1", backend=f"{redis}/2")
app.conf.update(worker_prefetch_multiplier=128, worker_redirect_stdouts=False)


@app.task
def chunk(number):
    return 1


@app.task
def total(counts):
    return sum(counts)


@worker_ready.connect
def say_ready(**_):
    print("ready", flush=True)
