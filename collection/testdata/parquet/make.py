"""Writes the Parquet files of this folder by pyarrow, as Hugging Face and pandas lay them out.

    python3 make.py
"""
import pyarrow as pa, pyarrow.parquet as pq, json, os, zlib, struct
out="parts"; os.makedirs(out,exist_ok=True)
def png(r,g,b,side=8):
    raw=b"".join(b"\0"+bytes([r,g,b])*side for _ in range(side))
    def ch(t,d): return struct.pack(">I",len(d))+t+d+struct.pack(">I",zlib.crc32(t+d))
    return b"\x89PNG\r\n\x1a\n"+ch(b"IHDR",struct.pack(">IIBBBBB",side,side,8,2,0,0,0))+ch(b"IDAT",zlib.compress(raw))+ch(b"IEND",b"")
def table(start,n,plain=False):
    rows=range(start,start+n)
    images=[None if i%50==49 else {"bytes":png(i%256,i//256,77),"path":f"{i}.png"} for i in rows]
    cols={"image":pa.array([None if v is None else v["bytes"] for v in images],pa.binary()) if plain else pa.array(images,pa.struct([("bytes",pa.binary()),("path",pa.string())])),
          "label":pa.array([i%2 for i in rows],pa.int64()),"age":pa.array([20+i%5 for i in rows],pa.int32()),"tags":pa.array([["a"]]*n,pa.list_(pa.string()))}
    t=pa.table(cols)
    if not plain: t=t.replace_schema_metadata({"huggingface":json.dumps({"info":{"features":{"image":{"_type":"Image"},"label":{"names":["cat","dog"],"_type":"ClassLabel"}}}})})
    return t
pq.write_table(table(0,40),out+"/train-00000-of-00002.parquet",row_group_size=16)
pq.write_table(table(40,20),out+"/train-00001-of-00002.parquet",row_group_size=16)
pq.write_table(table(60,10),out+"/test-00000-of-00001.parquet")
pq.write_table(table(0,5,True),"plain.parquet")
pq.write_table(pa.table({"file_name":[f"{i:04d}.png" for i in range(6)],"age":pa.array([30+i for i in range(6)],pa.int32()),"pair":["p1",None,"p2","p3","p4","p5"]}),"metadata.parquet")
