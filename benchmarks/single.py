"""A single check, rules and classifier together: in a running process, and as a fresh one.

    python benchmarks/single.py [--messages 300] [--starts 7]

The fresh process is ``python -m detector check``; beside it stands ``python -c "import
sklearn"``, the two in turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.texts import messages
from detector import Detector


def main() -> None:
    """Measure and print the median and the slowest twentieth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--starts", type=int, default=7)
    options = parser.parse_args()
    detector = Detector.load()
    for text in messages(20, seed=1):
        detector.check(text)
    times = []
    for text in messages(options.messages, seed=2):
        start = time.process_time()
        detector.check(text)
        times.append((time.process_time() - start) * 1000)
    slow = statistics.quantiles(times, n=20)[-1]
    print(f"single check: p50 {statistics.median(times):.1f} ms, p95 {slow:.1f} ms")
    checked, imported = [], []
    for _ in range(options.starts):
        imported.append(seconds("-c", "import sklearn"))
        checked.append(seconds("-m", "detector", "check", "Pay me by PayPal, +48 601 234 567"))
    check, sklearn = statistics.median(checked), statistics.median(imported)
    print(
        f"fresh process: {check:.2f} s, import sklearn {sklearn:.2f} s, ratio {check / sklearn:.2f}"
    )


def seconds(*arguments: str) -> float:
    """Return how long a Python process takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
