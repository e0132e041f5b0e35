"""Processes that judge parts, each reading its own; a pipe to each, nothing shared but files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.errors import InputError
from detector.scan.part import Part
from detector.scan.tally import Tally
from detector.scan.work import Engine, Task, Work

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_PRELOADED = ["detector.scan.preload"]


def run_parts(
    task: Task, engine: Engine, parts: Iterator[Part], count: int
) -> Iterator[tuple[Part, Tally]]:
    """Judge parts in several processes and yield each with its counts, as they are finished.

    Raises:
        OSError: a process could not write.
        InputError: a process could not read, or was killed.
    """
    from detector.scan import preload

    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if has_server else "spawn")
    if has_server:
        context.set_forkserver_preload(_PRELOADED)
        os.environ[preload.VARIABLE] = preload.described(engine)
    pool: dict[Connection, BaseProcess] = {}
    busy: dict[Connection, Part] = {}
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, task, engine), daemon=True)
            process.start()
            theirs.close()
            pool[ours] = process
            _feed(ours, parts, busy)
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                part, told = busy.pop(ready), _told(ready, pool[ready])
                if isinstance(told, BaseException):
                    raise told
                _feed(ready, parts, busy)
                yield part, told
    finally:
        os.environ.pop(preload.VARIABLE, None)
        for connection, process in pool.items():
            connection.close()
            if connection in busy:
                process.terminate()
        for process in pool.values():
            process.join()


def _feed(connection: Connection, parts: Iterator[Part], busy: dict[Connection, Part]) -> None:
    part = next(parts, None)
    if part is not None:
        connection.send(part)
        busy[connection] = part


def _told(connection: Connection, process: BaseProcess) -> Any:
    try:
        return connection.recv()
    except (EOFError, ConnectionError):
        process.join(5)
        return InputError(
            "worker-killed",
            "A process of the scan ended with status {status}, perhaps for want of memory; what"
            " is done is kept: go on with --resume and fewer --workers.",
            status=str(process.exitcode),
        )


def _serve(connection: Connection, task: Task, engine: Engine) -> None:
    """Judge parts until there are no more, in a process of its own."""
    from detector.scan.preload import detector_of

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started us is told to stop
    try:
        work = Work(task, detector_of(engine))
        while True:
            part = connection.recv()
            connection.send(work.keep(part))
    except (EOFError, ConnectionError):
        return  # nobody waits for us any more
    except InputError as error:
        connection.send(Refusal(error.code, str(error)))
    except OSError as error:
        connection.send(OSError(error.errno, error.strerror))
    except Exception as error:
        # A traceback could quote what was judged; kind and place are enough to find the defect.
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        connection.send(Refusal("defect", f"The scan met a defect ({told}); please report it."))


class Refusal(InputError):
    """An :class:`InputError` that came from another process."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence.replace("{", "{{").replace("}", "}}"))

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, str]]:
        return Refusal, (self.code, str(self))
