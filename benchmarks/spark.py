"""What Spark costs beside a plain scan: the same rows, two workers each, in one run.

python benchmarks/spark.py [--rows 100000]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])

from benchmarks.scan import write_parquet
from detector.scan.judge import Columns
from detector.scan.run import Options, scan
from detector.scan.work import Engine


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    from pyspark.sql import SparkSession

    from detector import spark

    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.parquet", Path(name) / "out.parquet"
        write_parquet(source, rows)
        start = time.perf_counter()
        engine = Engine(classify=False)
        scan(engine, str(source), str(target), Columns(), options=Options(workers=2))
        plain = time.perf_counter() - start
        session = (
            SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
        )  # fmt: skip
        session.sparkContext.setLogLevel("ERROR")
        session.range(10).count()
        start = time.perf_counter()
        df = session.read.parquet(str(source)).repartition(8)
        spark.scan(df, "text", classify=False).write.parquet(str(Path(name) / "judged"))
        sparked = time.perf_counter() - start
        session.stop()
    print(f"{rows:,} rows, two workers: plain scan {plain:.0f} s, Spark {sparked:.0f} s;", end=" ")
    print(f"Spark costs {sparked / plain:.2f} times the plain scan")


if __name__ == "__main__":
    main()
