"""Milliseconds of a single check in a running process, rules and classifier together.

python benchmarks/single.py [--messages 300]
"""

from __future__ import annotations

import argparse
import statistics
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


if __name__ == "__main__":
    main()
