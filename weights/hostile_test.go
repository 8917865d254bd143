package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// file joins a header's text and data, with the right length before them.
func file(header, data string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+data...)
}

func entry(shape, offsets string) string {
	return fmt.Sprintf(`{"dtype":"F32","shape":[%s],"data_offsets":[%s]}`, shape, offsets)
}

// hostile lists malformed files with a part of the error that each must give.
var hostile = map[string]struct {
	file []byte
	says string
}{
	"nothing":            {nil, "too few"},
	"huge header":        {binary.LittleEndian.AppendUint64(nil, 1<<63), "limit"},
	"header cut short":   {binary.LittleEndian.AppendUint64(nil, 1000), "cut short"},
	"no JSON":            {file("hello", ""), "JSON"},
	"no object":          {file("[]", ""), `"{" belongs`},
	"unclosed":           {file(`{"a":`, ""), "JSON"},
	"two objects":        {file("{}{}", ""), "after"},
	"not UTF-8":          {file("{\"\xff\":1}", ""), "UTF-8"},
	"tensor is a number": {file(`{"a":1}`, ""), `"a"`},
	"deep":               {file(`{"a":`+strings.Repeat("[", 1<<16), ""), `"a"`},
	"deep shape":         {file(`{"a":{"dtype":"F32","shape":`+strings.Repeat("[", 1<<16), ""), `"a"`},
	"deep metadata":      {file(`{"__metadata__":`+strings.Repeat(`{"a":`, 1<<16), ""), "metadata"},
	"unknown type":       {file(`{"a":{"dtype":"F8_E5M2","shape":[],"data_offsets":[0,1]}}`, "x"), "F8_E5M2"},
	"unknown property":   {file(`{"a":{"stride":[1]}}`, ""), "stride"},
	"no shape":           {file(`{"a":{"dtype":"F32","data_offsets":[0,0]}}`, ""), `"shape" is missing`},
	"dtype twice":        {file(`{"a":{"dtype":"F32","dtype":"F32"}}`, ""), "twice"},
	"name twice":         {file(`{"a":`+entry("0", "0,0")+`,"a":`+entry("0", "0,0")+`}`, ""), "twice"},
	"name twice escaped": {file(`{"a":`+entry("0", "0,0")+`,"\u0061":`+entry("0", "0,0")+`}`, ""), "twice"},
	"metadata twice":     {file(`{"__metadata__":{"k":"1","k":"2"}}`, ""), "twice"},
	"metadata number":    {file(`{"__metadata__":{"k":1}}`, ""), `"k"`},
	"empty name":         {file(`{"":`+entry("0", "0,0")+`}`, ""), "name"},
	"fraction":           {file(`{"a":`+entry("1.5", "0,4")+`}`, "1234"), "integer"},
	"exponent":           {file(`{"a":`+entry("1e9", "0,4")+`}`, "1234"), "integer"},
	"negative":           {file(`{"a":`+entry("-1", "0,4")+`}`, "1234"), "integer"},
	"beyond int64":       {file(`{"a":`+entry("1", "0,18446744073709551620")+`}`, "1234"), "integer"},
	"one offset":         {file(`{"a":`+entry("1", "4")+`}`, "1234"), "not 2"},
	"element overflow":   {file(`{"a":`+entry("4294967296,4294967296", "0,0")+`}`, ""), "too many"},
	"byte overflow":      {file(`{"a":`+entry("4611686018427387904", "0,0")+`}`, ""), "too many"},
	"shape too big":      {file(`{"a":`+entry("2", "0,4")+`}`, "1234"), "8 bytes, not 4"},
	"data cut short":     {file(`{"a":`+entry("2", "0,8")+`}`, "1234"), "cut short"},
	"backwards":          {file(`{"a":`+entry("1", "4,0")+`}`, "1234"), `"a"`},
	"backwards from 0":   {file(`{"a":`+entry("0", "0,0")+`,"b":`+entry("1", "2,1")+`}`, "1234"), `"b"`},
	"overlap":            {file(`{"a":`+entry("1", "0,4")+`,"b":`+entry("1", "2,6")+`}`, "123456"), "overlap"},
	"same data":          {file(`{"a":`+entry("1", "0,4")+`,"b":`+entry("1", "0,4")+`}`, "1234"), "overlap"},
	"hole":               {file(`{"a":`+entry("1", "0,4")+`,"b":`+entry("1", "8,12")+`}`, "123456789012"), `"b"`},
	"data after":         {file(`{"a":`+entry("1", "0,4")+`}`, "12345"), "belong to none"},
	"wrong checksum":     {file(`{"__metadata__":{"`+ChecksumKey+`":"beef"}}`, ""), "damaged"},
}

func TestMalformedFilesAreRefusedWithAReason(t *testing.T) {
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(test.file)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error %q does not say %q", err, test.says)
			}
		})
	}
}

func TestMalformedFilesTakeLittleMemory(t *testing.T) {
	for name, test := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Decode(test.file)
		runtime.ReadMemStats(&after)
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+32*len(test.file)); used > limit {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, used, len(test.file))
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, sample(f)))
	f.Add(file(`{"a":`+entry("1", "0,4")+`}   `, "1234"))
	for _, test := range hostile {
		if len(test.file) < 1000 {
			f.Add(test.file)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := Decode(data)
		if err != nil {
			return
		}
		for _, tensor := range decoded.Tensors() {
			if _, err := tensor.Float32s(); err != nil {
				t.Errorf("a decoded tensor disagrees with itself: %v", err)
			}
		}
		again, err := Decode(encode(t, decoded))
		if err != nil {
			t.Fatalf("what was decoded does not come back: %v", err)
		}
		if !bytes.Equal(encode(t, decoded), encode(t, again)) {
			t.Error("a file changes when it is read and written")
		}
	})
}
