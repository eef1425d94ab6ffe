"""The same function on Spark, with Java and `pip install pyspark`: prints what mapInArrow gave for six notices.

python tests/spark_example.py
"""

import os
import sys

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from classifier import Assessor
from classifier.batch import work_of
from classifier.chunks import assess_batches, batches_schema
from classifier.columns import Columns

TEXTS = ["【重要】未納料金があります。本日中にご連絡なき場合、訴えます。", "明日の会議は10時からです。", ""] * 2


def main() -> int:
    """Compares Spark's answers with this process's."""
    # Spark's workers need this environment, not the system's Python.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    work = work_of(Columns("本文", "sms"), shape="flat")
    table = pa.table({"番号": list(range(len(TEXTS))), "本文": TEXTS})
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    frame = spark.createDataFrame(table.to_pandas())
    schema = from_arrow_schema(batches_schema(work, table.schema))
    rows = frame.mapInArrow(lambda batches: assess_batches(work, batches), schema).orderBy("番号").collect()
    spark.stop()
    assessor = Assessor.load()
    for row, text in zip(rows, TEXTS, strict=True):
        expected = assessor.assess(text, channel="sms").score if text else None
        print(row["番号"], row["verdict_label"], row["score"], row["error"])
        if row["score"] != expected:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
