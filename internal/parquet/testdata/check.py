"""Reads written.parquet, which this package wrote, by pyarrow and says whether every value is the one that was meant.

    python3 check.py    # in this folder, with pyarrow 26.0.1
"""
import pyarrow.parquet as pq

table = pq.read_table("written.parquet")
assert table.num_rows == 100 and table.num_columns == 17
for c in range(17):
    values = table.column(f"column {c} é").to_pylist()
    for row in range(100):
        if c % 2 == 0:
            want = None if (row + c) % 7 == 0 else row * c / 8
        else:
            want = None if (row + c) % 5 == 0 else f"word {row * c} ü"
        assert values[row] == want, (c, row, values[row], want)
print("all values are as they were meant; the schema is", table.schema.types[:2])
