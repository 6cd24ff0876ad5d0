"""Runs jobs on Celery as a chord (a callback when all are done) or as a group (the caller waits for all).

Reads requests on stdin, a JSON line each, and answers each with a line, as role.mjs says.
"""

import json
import sys
import time

from celery import chord, group
from celery_app import app, chunk, total


def submit_chord(chunks):
    result = chord((chunk.s(number) for number in range(chunks)), total.s())()
    # By its id alone: a result that knows the header it came from would read every chunk of it again.
    return app.AsyncResult(result.id).get


def submit_group(chunks):
    result = group(chunk.s(number) for number in range(chunks))()
    return lambda **options: sum(result.get(**options))


def answer(submit, chunks, jobs, atOnce):
    started = time.perf_counter()
    job_ms = []

    def end(get, since):
        counted = get(interval=0.001)
        if counted != chunks:
            raise RuntimeError(f"counted {counted} of {chunks} chunks")
        job_ms.append((time.perf_counter() - since) * 1000)

    if atOnce:
        for get in [submit(chunks) for _ in range(jobs)]:
            end(get, started)
    else:
        for _ in range(jobs):
            since = time.perf_counter()
            end(submit(chunks), since)
    return {"totalMs": (time.perf_counter() - started) * 1000, "jobMs": job_ms}


submit = {"chord": submit_chord, "group": submit_group}[sys.argv[1]]
print("ready", flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(answer(submit, **json.loads(line))), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
