"""Rate and memory of `scamcheck scan`, by format, size and number of processes.

    python benchmarks/scan.py [--rows 1000000] [--more-rows 5000000] [--classify]

Memory is what all processes of the scan take together, pages they share counted once (PSS),
at its highest of twice a second. The bare loop is `Detector.check_many` over the same texts in
one process; ratios are taken within one run.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.texts import messages

BARE = """
import sys, csv, time
from detector import Detector, Message
detector = Detector.load(classify=sys.argv[2] == "True")
list(detector.check_many(["ready", "please write me on WhatsApp +44 7700 900123"]))
with open(sys.argv[1], newline="") as stream:
    texts = [row["text"] for _, row in zip(range(int(sys.argv[3])), csv.DictReader(stream))]
start = time.perf_counter()
for _ in detector.check_many(Message(text) for text in texts):
    pass
print(len(texts) / (time.perf_counter() - start))
"""


def rows(count: int) -> Iterator[tuple[int, str, str]]:
    """Yield id, seller and text of generated messages."""
    for number, text in enumerate(messages(count, seed=1)):
        yield number, f"shop {number % 997}", text


def write_csv(path: Path, count: int) -> None:
    """Write a CSV of generated messages."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "seller", "text"])
        writer.writerows(rows(count))


def write_parquet(path: Path, count: int) -> None:
    """Write a Parquet file of generated messages."""
    schema = pa.schema([("id", pa.int64()), ("seller", pa.string()), ("text", pa.string())])
    source = rows(count)
    with pq.ParquetWriter(path, schema) as writer:
        while part := list(islice(source, 100_000)):
            writer.write_table(pa.table(list(map(list, zip(*part, strict=True))), schema=schema))


def memory(pid: int) -> int:
    """Return the kilobytes that a process and those below it take."""
    total = 0
    for one in [pid, *below(pid)]:
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total


def below(pid: int) -> list[int]:
    """Return the processes that a process has started, and theirs."""
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, file.read_text().split()):
                found += [child, *below(child)]
        except OSError:
            continue
    return found


def measure(source: Path, target: Path, workers: int, classify: bool) -> tuple[float, float]:
    """Return seconds and peak megabytes of a scan."""
    command = [sys.executable, "-m", "detector", "scan", str(source), "-o", str(target)]
    command += ["--workers", str(workers), "--quiet", *([] if classify else ["--rules-only"])]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        time.sleep(0.5)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(process.returncode)
    target.unlink()
    return seconds, peak / 1024


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--more-rows", type=int, default=0)
    parser.add_argument("--classify", action="store_true", help="with the classifier")
    options = parser.parse_args()
    print("| format | rows | processes | seconds | rows/s | peak MB |\n|---|---|---|---|---|---|")
    rates: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending, write in (("csv", write_csv), ("parquet", write_parquet)):
            for count in filter(None, (options.rows, options.more_rows)):
                source = folder / f"{count}.{ending}"
                write(source, count)
                for workers in (1, 2) if count == options.rows else (2,):
                    target = folder / f"out.{ending}"
                    seconds, peak = measure(source, target, workers, options.classify)
                    rates[ending, workers] = rates.get((ending, workers), count / seconds)
                    print(
                        f"| {ending} | {count:,} | {workers} | {seconds:.0f}"
                        f" | {count / seconds:,.0f} | {peak:,.0f} |", flush=True,
                    )  # fmt: skip
                if (ending, count) != ("csv", options.rows):
                    source.unlink()
        some = str(min(options.rows, 100_000))
        arguments = [str(folder / f"{options.rows}.csv"), str(options.classify), some]
        told = subprocess.run(
            [sys.executable, "-c", BARE, *arguments], capture_output=True, text=True, check=True
        )
    bare = float(told.stdout)
    print(f"\nbare check_many: {bare:,.0f} messages/s")
    for ending in ("csv", "parquet"):
        one, two = rates[ending, 1], rates[ending, 2]
        print(f"{ending}: two processes {two / one:.2f} times one;", end=" ")
        print(f"one costs {bare / one:.2f} times the bare loop")


if __name__ == "__main__":
    main()
