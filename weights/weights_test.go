package weights

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/golden.safetensors anew")

// sample returns a file with tensors of several types and ranks.
func sample(t testing.TB) *File {
	t.Helper()
	f := &File{Metadata: map[string]string{"step": "12", "note": "a \"quoted\" <text>"}}
	err := errors.Join(
		Put(f, "weight", []int{2, 3}, []float32{0, 1, -1, 0.5, math.MaxFloat32, float32(math.Inf(-1))}),
		Put(f, "label", []int{3}, []int64{0, -1, math.MaxInt64}),
		Put(f, "scalar", nil, []float64{math.Pi}),
		Put(f, "empty", []int{0, 4}, []float32{}),
		Put(f, "a.bytes", []int{3}, []uint8{1, 2, 255}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrittenFileReadsBackTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	want := sample(t)
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Verified() {
		t.Error("the checksum was not verified")
	}
	for _, w := range want.Tensors() {
		g, err := got.Tensor(w.Name)
		if err != nil {
			t.Fatal(err)
		}
		if g.DType != w.DType || !g.HasShape(w.Shape...) || !bytes.Equal(g.Data, w.Data) {
			t.Errorf("%s came back as %v, want %v", w.Name, g, w)
		}
	}
	if got.Metadata["note"] != want.Metadata["note"] {
		t.Errorf("metadata came back as %q", got.Metadata)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the file lie %v (%v)", entries, err)
	}
}

func TestNamesAreThoseOfTheFirstTensors(t *testing.T) {
	f := sample(t)
	for n, want := range map[int]string{0: "", 2: "weight label", 9: "weight label scalar empty a.bytes"} {
		if got := strings.Join(f.Names(n), " "); got != want {
			t.Errorf("the first %d names are %q, want %q", n, got, want)
		}
	}
}

func TestEveryTensorIsAligned(t *testing.T) {
	data := encode(t, sample(t))
	f, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	offset := len(data)
	for _, tensor := range f.Tensors() {
		offset -= len(tensor.Data)
	}
	for _, tensor := range f.Tensors() {
		if offset%tensor.DType.Size() != 0 {
			t.Errorf("%s of %v starts at byte %d", tensor.Name, tensor.DType, offset)
		}
		offset += len(tensor.Data)
	}
}

func TestBytesDoNotDependOnTheOrderOfAdding(t *testing.T) {
	first := sample(t)
	second := &File{Metadata: first.Metadata}
	tensors := first.Tensors()
	for i := range tensors {
		if err := second.Add(tensors[len(tensors)-1-i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(encode(t, first), encode(t, second)) {
		t.Error("the same content gave different bytes")
	}
}

// The golden file keeps old checkpoints readable and their checksums valid.
func TestGoldenFile(t *testing.T) {
	path := filepath.Join("testdata", "golden.safetensors")
	got := encode(t, sample(t))
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the bytes of a file changed:\n%q\nwant\n%q", got, want)
	}
	if f, err := Read(path); err != nil || !f.Verified() {
		t.Errorf("the golden file does not read back: %v", err)
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	data := encode(t, sample(t))
	for n := range data {
		if _, err := Decode(data[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were read without an error", n, len(data))
		}
	}
}

// A flipped bit is an error, or it changed nothing that a reader sees: a space between header and data. One in the
// checksum's own key takes the protection away, which Verified tells.
func TestEveryBitFlipIsNoticed(t *testing.T) {
	original := sample(t)
	data := encode(t, original)
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			if f, err := Decode(data); err == nil && f.Verified() && sumOf(t, f) != sumOf(t, original) {
				t.Errorf("byte %d, bit %d: content changed unnoticed", i, bit)
			}
			data[i] ^= 1 << bit
		}
	}
}

func sumOf(t *testing.T, f *File) string {
	t.Helper()
	sum, err := f.checksum()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// A tensor whose values come when the file is written gives the same bytes as one that is held.
func TestValuesFromASourceAreWrittenAsHeldOnes(t *testing.T) {
	values := make([]float32, 10_000)
	for i := range values {
		values[i] = float32(i) / 7
	}
	var held, sourced, short File
	for _, f := range []*File{&held, &sourced, &short} {
		f.Metadata = map[string]string{"key": "value"}
		if err := Put(f, "after", []int{2}, []float32{1, 2}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Put(&held, "before", []int{100, 100}, values); err != nil {
		t.Fatal(err)
	}
	if err := sourced.PutFrom("before", []int{100, 100}, func(write func([]float32) error) error {
		return errors.Join(write(values[:1]), write(values[1:9000]), write(nil), write(values[9000:]))
	}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, &held), encode(t, &sourced)) {
		t.Error("the bytes differ")
	}
	if err := short.PutFrom("before", []int{100, 100}, func(write func([]float32) error) error { return write(values[:9]) }); err != nil {
		t.Fatal(err)
	}
	if err := short.Encode(io.Discard); err == nil || !strings.Contains(err.Error(), "40000 bytes") {
		t.Errorf("a source of too few values gives %v", err)
	}
	failed := errors.New("gone")
	var broken File
	if err := broken.PutFrom("lost", nil, func(func([]float32) error) error { return failed }); err != nil {
		t.Fatal(err)
	}
	if err := broken.Encode(io.Discard); !errors.Is(err, failed) {
		t.Errorf("a source that fails gives %v", err)
	}
	if err := sourced.PutFrom("negative", []int{-1}, nil); err == nil {
		t.Error("a negative axis passes")
	}
	if _, err := sourced.Float32s("before", 100, 100); err == nil {
		t.Error("values that are not held are read")
	}
}

func TestDamagedDataGiveAChecksumError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "damaged.safetensors")
	data := encode(t, sample(t))
	data[len(data)-1] ^= 4
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	var damaged *ChecksumError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "damaged.safetensors") {
		t.Errorf("error is %v", err)
	}
}

func TestMissingTensorsAndOtherShapesAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Write(path, sample(t)); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Float32s("weight", 2, 3); err != nil {
		t.Error(err)
	}
	_, missing := f.Float32s("bias", 3)
	_, shape := f.Float32s("weight", 3, 2)
	for err, parts := range map[error][]string{
		missing: {path, `"bias"`, "missing"},
		shape:   {path, `"weight"`, "[2 3]", "[3 2]"},
	} {
		for _, part := range parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %s", err, part)
			}
		}
	}
}

func TestConversionToFloat32(t *testing.T) {
	inf := float32(math.Inf(1))
	tests := []struct {
		dtype DType
		data  []byte
		want  []float32
	}{
		{BOOL, []byte{0, 1}, []float32{0, 1}},
		{U8, []byte{0, 255}, []float32{0, 255}},
		{I8, []byte{0x80, 0x7f}, []float32{-128, 127}},
		{U16, []byte{0xff, 0xff}, []float32{65535}},
		{I16, []byte{0xff, 0xff}, []float32{-1}},
		// 1, -2, largest, smallest subnormal, infinity, smallest normal
		{F16, []byte{0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0, 0, 0x7c, 0, 4}, []float32{1, -2, 65504, 1.0 / (1 << 24), inf, 1.0 / (1 << 14)}},
		{BF16, []byte{0x80, 0x3f, 0x80, 0xff}, []float32{1, -inf}},
		{U32, []byte{0xff, 0xff, 0xff, 0xff}, []float32{1 << 32}},
		{I32, []byte{0xfe, 0xff, 0xff, 0xff}, []float32{-2}},
		{F32, []byte{0, 0, 0x80, 0x3f}, []float32{1}},
		{U64, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, []float32{1 << 63}},
		{I64, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []float32{-1}},
		{F64, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, []float32{1}},
	}
	for _, test := range tests {
		tensor := Tensor{Name: "x", DType: test.dtype, Shape: []int{len(test.want)}, Data: test.data}
		got, err := tensor.Float32s()
		if err != nil {
			t.Errorf("%v: %v", test.dtype, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: %s", test.dtype, diff)
		}
		clear(got)
		if err := tensor.ReadFloat32s(got); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%v: read in place: %v, %v", test.dtype, got, err)
		}
		if err := tensor.ReadFloat32s(append(got, 0)); err == nil {
			t.Errorf("%v: one value more than there are is read", test.dtype)
		}
	}
	nan, _ := Tensor{Name: "x", DType: F16, Data: []byte{1, 0x7c}}.Float32s()
	if len(nan) != 1 || nan[0] == nan[0] {
		t.Errorf("a half-precision NaN became %v", nan)
	}
}

func TestIntegersAreExactOrAnError(t *testing.T) {
	f := sample(t)
	label, _ := f.Lookup("label")
	got, err := label.Int64s()
	if diff := cmp.Diff([]int64{0, -1, math.MaxInt64}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	weight, _ := f.Lookup("weight")
	if _, err := weight.Int64s(); err == nil {
		t.Error("floating-point numbers were read as integers")
	}
	if _, err := (Tensor{Name: "x", DType: U64, Data: bytes.Repeat([]byte{255}, 8)}).Int64s(); err == nil {
		t.Error("2^64-1 was read as an int64")
	}
	if _, err := Values[int32](label); err == nil {
		t.Error("I64 was read as int32")
	}
	if values, err := Values[int64](label); err != nil || len(values) != 3 {
		t.Error(values, err)
	}
}

func TestTensorsThatDisagreeWithThemselvesAreRefused(t *testing.T) {
	f := sample(t)
	for name, tensor := range map[string]Tensor{
		"no name":       {DType: F32, Shape: []int{0}},
		"reserved":      {Name: "__metadata__", DType: F32, Shape: []int{0}},
		"not UTF-8":     {Name: "\xff", DType: F32, Shape: []int{0}},
		"taken":         {Name: "label", DType: F32, Shape: []int{0}},
		"no type":       {Name: "x"},
		"short":         {Name: "x", DType: F32, Shape: []int{2}, Data: make([]byte, 4)},
		"negative axis": {Name: "x", DType: F32, Shape: []int{-1, -1}, Data: make([]byte, 4)},
		"overflow":      {Name: "x", DType: F32, Shape: []int{1 << 32, 1 << 32}},
		"bytes":         {Name: "x", DType: F64, Shape: []int{1 << 61}},
	} {
		if err := f.Add(tensor); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New("x", []int{2}, []float32{1}); err == nil {
		t.Error("one value made a tensor of two")
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "w.safetensors")
	if err := Write(path, sample(t)); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	broken := sample(t)
	broken.Metadata["bad"] = "\xff"
	if err := Write(path, broken); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("the old file changed")
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}
