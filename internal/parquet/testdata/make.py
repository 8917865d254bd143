"""Writes the files of this folder by pyarrow, and values.json: each of their columns as text.

    python3 make.py .
"""
import pyarrow as pa, pyarrow.parquet as pq, datetime as dt, decimal, json, sys, random, os
out=sys.argv[1]
random.seed(1)
n=120
img=[bytes([0x89,0x50])+bytes(random.randrange(256) for _ in range(random.randrange(1,40))) if i%17 else None for i in range(n)]
t=pa.table({
 "image": pa.array([None if i%29==28 else {"bytes":img[i],"path":None if i%5==0 else f"{i:04d}.png"} for i in range(n)], pa.struct([("bytes",pa.binary()),("path",pa.string())])),
 "label": pa.array([None if i%11==10 else i%3 for i in range(n)], pa.int64()),
 "small": pa.array([i%200-100 for i in range(n)], pa.int8()),
 "unsigned": pa.array([2**32-1-i for i in range(n)], pa.uint32()),
 "huge": pa.array([2**64-1-i for i in range(n)], pa.uint64()),
 "f": pa.array([i/7 for i in range(n)], pa.float32()),
 "d": pa.array([None if i%13==0 else i/7 for i in range(n)], pa.float64()),
 "half": pa.array([__import__('struct').unpack('e',__import__('struct').pack('e',i/8))[0] for i in range(n)], pa.float16()),
 "flag": pa.array([None if i%10==9 else i%3==0 for i in range(n)], pa.bool_()),
 "text": pa.array([f"word {i//20} é" for i in range(n)], pa.string()),
 "day": pa.array([dt.date(1960,1,1)+dt.timedelta(days=97*i) for i in range(n)], pa.date32()),
 "at": pa.array([dt.datetime(1969,12,31,23,59,59)+dt.timedelta(milliseconds=987654321*i) for i in range(n)], pa.timestamp("us")),
 "time": pa.array([dt.time(i%24,i%60,7,i*1000) for i in range(n)], pa.time64("us")),
 "price": pa.array([decimal.Decimal(i-150)/100 for i in range(n)], pa.decimal128(9,2)),
 "fixed": pa.array([bytes([i%256,1,2,3]) for i in range(n)], pa.binary(4)),
 "tags": pa.array([[str(i)]*(i%3) for i in range(n)], pa.list_(pa.string())),
})
t=t.replace_schema_metadata({"huggingface":json.dumps({"info":{"features":{"image":{"_type":"Image"},"label":{"names":["cat","dog","bird"],"_type":"ClassLabel"}}}})})
def w(name,**k): pq.write_table(t,os.path.join(out,name),**k)
w("snappy.parquet")
w("plain.parquet",compression="none",use_dictionary=False,row_group_size=50,data_page_size=300,write_batch_size=10)
w("zstd-v2.parquet",compression="zstd",data_page_version="2.0",row_group_size=70,version="2.6")
w("gzip.parquet",compression="gzip",use_dictionary=["text"],data_page_size=200,write_batch_size=7)
flat=[c for c in t.column_names if c not in("tags",)]
enc={"label":"DELTA_BINARY_PACKED","small":"DELTA_BINARY_PACKED","unsigned":"DELTA_BINARY_PACKED","huge":"DELTA_BINARY_PACKED","f":"BYTE_STREAM_SPLIT","d":"BYTE_STREAM_SPLIT","text":"DELTA_BYTE_ARRAY","image.bytes":"DELTA_LENGTH_BYTE_ARRAY","image.path":"DELTA_BYTE_ARRAY","at":"DELTA_BINARY_PACKED","flag":"RLE","fixed":"BYTE_STREAM_SPLIT"}
pq.write_table(t,os.path.join(out,"delta.parquet"),use_dictionary=False,column_encoding=enc,data_page_version="2.0",compression="snappy")
pq.write_table(t,os.path.join(out,"int96.parquet"),use_deprecated_int96_timestamps=True,compression="snappy")
for name in ("brotli","lz4"):
    pq.write_table(t.slice(0,3).select(["label"]),os.path.join(out,name+".parquet"),compression=name)
def fmt(x):
    if x is None: return ""
    if isinstance(x,bool): return "true" if x else "false"
    if isinstance(x,bytes):
        try: return x.decode()
        except Exception: return x.hex()
    if isinstance(x,dt.datetime):
        s=x.strftime("%Y-%m-%dT%H:%M:%S")
        return s+(("."+f"{x.microsecond:06d}".rstrip("0")) if x.microsecond else "")+"Z"
    if isinstance(x,dt.time):
        s=x.strftime("%H:%M:%S"); return s+(("."+f"{x.microsecond:06d}".rstrip("0")) if x.microsecond else "")
    return str(x)
import numpy as np
rows={}
for c in t.column_names:
    if c=="tags": continue
    if c=="image":
        rows["image.bytes"]=[fmt(None if v is None else v["bytes"]) for v in t["image"].to_pylist()]
        rows["image.path"]=[fmt(None if v is None else v["path"]) for v in t["image"].to_pylist()]
    elif c in("f","half"):
        rows[c]=[np.format_float_positional(np.float32(v),trim="-") for v in t[c].to_pylist()]
    elif c=="d":
        rows[c]=["" if v is None else np.format_float_positional(v,trim="-") for v in t[c].to_pylist()]
    else: rows[c]=[fmt(v) for v in t[c].to_pylist()]
json.dump(rows,open(os.path.join(out,"values.json"),"w"),ensure_ascii=False)
