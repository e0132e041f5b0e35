"""The same verdicts on a Spark DataFrame: Arrow batches in, typed columns out.

Each Python worker of an executor loads rules and weights once and judges every batch it gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import (
    ArrayType,
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
)

from detector.detector import Detector
from detector.errors import InputError
from detector.render import as_object
from detector.scan.judge import Columns, judge_rows
from detector.scan.table import Row, format_of
from detector.scan.work import Engine

_SPAN = StructType(
    [StructField("start", IntegerType(), False), StructField("end", IntegerType(), False)]
)
FINDING = StructType(
    [
        StructField("id", StringType(), False),
        StructField("level", StringType(), False),
        StructField("origin", StringType(), False),
        StructField("spans", ArrayType(_SPAN, False), False),
        StructField("reason", StringType(), False),
        StructField("source", StringType(), False),
    ]
)
CONTACT = StructType(
    [
        StructField("kind", StringType(), False),
        StructField("value", StringType(), False),
        StructField("text", StringType(), False),
        StructField("start", IntegerType(), False),
        StructField("end", IntegerType(), False),
        StructField("region", StringType()),
        StructField("status", StringType(), False),
        StructField("notes", ArrayType(StringType(), False), False),
    ]
)
COLUMNS = (
    StructField("verdict", StringType()),
    StructField("risk", DoubleType()),
    StructField("findings", ArrayType(FINDING, False)),
    StructField("contacts", ArrayType(CONTACT, False)),
    StructField("language", StringType()),
    StructField("error", StringType()),
)
"""What is added to each row; all but ``error`` are null where a row was refused."""
READABLE = ("parquet", "csv", "tsv", "jsonl")


@cache
def _detector(engine: Engine) -> Detector:
    return engine.load()


def scan(
    df: DataFrame,
    text: str = "message",
    *,
    language: str | None = None,
    region: str | None = None,
    marketplace: str | None = None,
    classify: bool = True,
    answer: str | None = None,
) -> DataFrame:
    """Add the columns ``verdict, risk, findings, contacts, language, error`` to a DataFrame.

    A column of the input with one of these names becomes ``input_NAME``.

    Args:
        df: any DataFrame with a column of texts.
        text: its name.
        language: column with a language hint for each row.
        region: ISO 3166 code whose national numbers are read, for all rows.
        marketplace: id of a file in ``marketplaces``; None takes the default one.
        classify: whether the classifier is asked as well as the rules.
        answer: language of the reasons; None takes that of each message.

    Raises:
        InputError: the DataFrame lacks a column.
    """
    for name in filter(None, (text, language)):
        if name not in df.columns:
            raise InputError(
                "no-column", "The DataFrame has no column {wished!r}; it has: {known}.",
                wished=name, known=", ".join(df.columns),
            )  # fmt: skip
    taken = {field.name for field in COLUMNS}
    renamed = {name: _free(name, df.columns) for name in df.columns if name in taken}
    for old, new in renamed.items():
        df = df.withColumnRenamed(old, new)
    columns = Columns(renamed.get(text, text), renamed.get(str(language), language), region)
    engine = Engine(marketplace, classify=classify)
    schema = StructType([*df.schema.fields, *COLUMNS])

    def judged(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        detector = _detector(engine)
        for batch in batches:
            yield _with_verdicts(detector, batch, columns, answer)

    return df.mapInArrow(judged, schema)


def _free(name: str, taken: list[str]) -> str:
    while name in taken or name in {field.name for field in COLUMNS}:
        name = f"input_{name}"
    return name


def _with_verdicts(
    detector: Detector, batch: pa.RecordBatch, columns: Columns, answer: str | None
) -> pa.RecordBatch:
    names = [name for name in (columns.text, columns.language) if name]
    rows = (Row(fields) for fields in batch.select(names).to_pylist())
    added: list[list[Any]] = [[] for _ in COLUMNS]
    for _, verdict, error in judge_rows(detector, rows, columns):
        if verdict is None:
            cells: list[Any] = [None, None, None, None, None, error]
        else:
            told = as_object(verdict, answer)
            findings = [
                {**one, "spans": [{"start": s, "end": e} for s, e in one["spans"]]}
                for one in told["findings"]
            ]
            cells = [
                told["verdict"], told["risk"], findings, told["contacts"], told["language"], None,
            ]  # fmt: skip
        for column, cell in zip(added, cells, strict=True):
            column.append(cell)
    arrays = [pa.array(cells, kind) for cells, kind in zip(added, _arrow_types(), strict=True)]
    return pa.RecordBatch.from_arrays(
        [*batch.columns, *arrays], [*batch.schema.names, *(field.name for field in COLUMNS)]
    )


@cache
def _arrow_types() -> tuple[pa.DataType, ...]:
    from pyspark.sql.pandas.types import to_arrow_type

    return tuple(to_arrow_type(field.dataType) for field in COLUMNS)


def scan_files(
    source: str,
    target: str,
    columns: Columns,
    marketplace: str | None = None,
    source_format: str | None = None,
    target_format: str | None = None,
    classify: bool = True,
) -> None:
    """Judge files that Spark can read and write a folder of files; paths as Spark takes them.

    Flat formats get findings and contacts as lists separated by spaces, as a plain scan has them.

    Raises:
        InputError: a format is none of Spark's, or a column is missing.
    """
    read_as, write_as = format_of(source, source_format), format_of(target, target_format)
    for one in (read_as, write_as):
        if one.name not in READABLE:
            raise InputError(
                "unknown-format", "Spark reads and writes {known} here, not {kind}; name another.",
                known=", ".join(READABLE), kind=one.name,
            )  # fmt: skip
    session = SparkSession.builder.appName("scamcheck").getOrCreate()
    reader = session.read
    if read_as.name == "parquet":
        df = reader.parquet(source)
    elif read_as.name == "jsonl":
        df = reader.json(source)
    else:
        df = reader.csv(
            source, header=True, sep="\t" if read_as.name == "tsv" else ",",
            multiLine=True, quote='"', escape='"',
        )  # fmt: skip
    from detector.scan.judge import demand_columns, guessed

    columns = guessed(columns, df.columns)
    demand_columns(df.columns, columns, source)
    text = columns.text or next(n for n in ("text", "message") if n in df.columns)
    columns = replace(columns, text=text)
    judged = scan(
        df, text, language=columns.language, region=columns.region,
        marketplace=marketplace, classify=classify,
    )  # fmt: skip
    if write_as.name == "parquet":
        judged.write.parquet(target)
    elif write_as.name == "jsonl":
        judged.write.json(target)
    else:
        flat(judged).write.csv(
            target, header=True, sep="\t" if write_as.name == "tsv" else ",",
            quote='"', escape='"',
        )  # fmt: skip


def flat(judged: DataFrame) -> DataFrame:
    """Return a judged DataFrame with findings and contacts as texts, as flat files have them."""
    from pyspark.sql import functions as f

    contacts = f.transform(
        "contacts",
        lambda c: f.when(c.kind == "handle", c.value).otherwise(
            f.concat(c.kind, f.lit(":"), c.value)
        ),
    )
    return judged.withColumn(
        "findings", f.array_join(f.transform("findings", lambda one: one.id), " ")
    ).withColumn("contacts", f.array_join(contacts, " "))
