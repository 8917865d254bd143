package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

// archived puts a pickle and storages into an archive as torch.save does.
func archived(t testing.TB, method uint16, pickle string, storages map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name, content string) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("archive/data.pkl", pickle)
	for key, content := range storages {
		add("archive/data/"+key, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pieces of pickles.
const (
	proto   = "\x80\x02"
	rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
)

// text is the instruction that pushes a text.
func text(s string) string { return "\x8c" + string(rune(len(s))) + s }

// number is the instruction that pushes a number.
func number(n int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

// numbers is the tuple of some numbers.
func numbers(ns ...int64) string {
	s := "("
	for _, n := range ns {
		s += number(n)
	}
	return s + "t"
}

// tensorOf describes a tensor that views storage "0", of count elements.
func tensorOf(class string, count, offset int64, shape, stride []int64) string {
	return rebuild + "((" + text("storage") + "ctorch\n" + class + "\n" + text("0") + text("cpu") + number(count) + "tQ" +
		number(offset) + numbers(shape...) + numbers(stride...) + "\x89NtR"
}

// state is the pickle of a dictionary with one entry.
func state(value string) string { return proto + "}" + text("w") + value + "s." }

func hostile(t testing.TB) map[string]struct {
	file []byte
	says string
} {
	zipped := func(pickle string) []byte {
		return archived(t, zip.Store, pickle, map[string]string{"0": strings.Repeat("1234", 4)})
	}
	tensor := func(count, offset int64, shape, stride []int64) []byte {
		return zipped(state(tensorOf("FloatStorage", count, offset, shape, stride)))
	}
	type hostile = struct {
		file []byte
		says string
	}
	return map[string]hostile{
		"nothing":             {nil, "begins neither"},
		"text":                {[]byte("hello"), "begins neither"},
		"other pickle":        {[]byte(proto + "}."), "not one of torch.save"},
		"damaged zip":         {[]byte("PK\x03\x04 and no more"), "zip"},
		"no pickle":           {archived(t, zip.Store, "", nil)[:0], "begins neither"},
		"empty pickle":        {zipped(""), "cut short"},
		"compressed":          {archived(t, zip.Deflate, state("N"), nil), "compressed"},
		"no dictionary":       {zipped(proto + "]."), "a list"},
		"no tensors":          {zipped(proto + "}."), "no tensors"},
		"code":                {zipped(proto + "cos\nsystem\n" + text("true") + "\x85R."), "os.system"},
		"code in a list":      {zipped(state("cos\nsystem\n" + text("true") + "\x85R")), "no tensors"},
		"arguments no tuple":  {zipped(proto + "cos\nsystem\n" + text("true") + "R."), "arguments"},
		"textual instruction": {zipped(proto + "I1\n."), "'I'"},
		"empty stack":         {zipped(proto + "0."), "too few"},
		"stop on empty":       {zipped(proto + "."), "too few"},
		"only a mark":         {zipped(proto + "(."), "too few"},
		"no mark":             {zipped(proto + "t."), "no mark"},
		"unknown memo":        {zipped(proto + "h\x05."), "not remembered"},
		"odd dictionary":      {zipped(proto + "}(Nu."), "no value"},
		"append to a number":  {zipped(proto + "K\x01K\x01a."), "appends to"},
		"item of a number":    {zipped(proto + "K\x01K\x01K\x01s."), "sets an item"},
		"endless name":        {zipped(proto + "c" + strings.Repeat("a", 2000) + "\n."), "longer than"},
		"huge text":           {zipped(proto + "\x8d" + strings.Repeat("\x7f", 8) + "."), "more values"},
		"long text":           {zipped(proto + "X\xff\xff\x00\x00."), "cut short"},
		"huge number":         {zipped(proto + "\x8b\xff\xff\xff\x7f."), "more values"},
		"many values":         {zipped(proto + strings.Repeat("}", 1<<17) + "."), "more values"},
		"many references":     {zipped(proto + "]q\x00" + strings.Repeat("h\x00", 1<<18) + "."), "more values"},
		"doubling tuples":     {zipped(proto + ")" + strings.Repeat("2\x86", 1<<17) + "."), "more values"},
		"bad ordered dict":    {zipped(proto + "ccollections\nOrderedDict\nK\x01\x85R."), "ordered dictionary"},
		"bad pairs":           {zipped(proto + "ccollections\nOrderedDict\n]K\x01a\x85R."), "no value"},
		"outside reference":   {zipped(proto + "K\x01Q."), "storage"},
		"negative storage":    {tensor(-1, 0, nil, nil), "-1 elements"},
		"huge storage":        {tensor(1<<62, 0, []int64{1}, []int64{1}), "elements"},
		"wrong storage size":  {tensor(5, 0, []int64{1}, []int64{1}), "takes 20 bytes"},
		"no such storage":     {archived(t, zip.Store, state(tensorOf("FloatStorage", 4, 0, nil, nil)), nil), "no storage"},
		"unknown class":       {zipped(state(tensorOf("QInt8Storage", 4, 0, nil, nil))), "QInt8Storage"},
		"expanded":            {tensor(4, 0, []int64{1 << 40}, []int64{0}), "more elements"},
		"overflowing shape":   {tensor(4, 0, []int64{1 << 32, 1 << 32}, []int64{0, 0}), "more elements"},
		"overflowing stride":  {tensor(4, 0, []int64{2, 2}, []int64{1 << 62, 1 << 62}), "more elements"},
		"beyond the storage":  {tensor(4, 2, []int64{3}, []int64{1}), "of a storage of 4"},
		"negative offset":     {tensor(4, -1, []int64{1}, []int64{1}), "element -1"},
		"negative axis":       {tensor(4, 0, []int64{-1}, []int64{1}), "shape"},
		"axes and strides":    {tensor(4, 0, []int64{1}, nil), "strides"},
		"key is no text":      {zipped(proto + "}K\x01" + tensorOf("FloatStorage", 4, 0, nil, nil) + "s."), "key"},
		"endless recursion":   {zipped(proto + "}q\x00" + text("state_dict") + "h\x00s."), "no tensors"},
		"recursive values":    {zipped(proto + "}" + text("state_dict") + "}s" + text("loop") + "]q\x00h\x00as."), "no tensors"},
	}
}

func TestHostileFilesAreRefusedWithAReason(t *testing.T) {
	for name, test := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			_, err := decode(test.file)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error is %v", err)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error %q does not say %q", err, test.says)
			}
		})
	}
}

func TestHostileFilesTakeBoundedMemory(t *testing.T) {
	for name, test := range hostile(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode(test.file)
		runtime.ReadMemStats(&after)
		// Growing slices and maps leave garbage behind, so that more is allocated over time than is held at once.
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(4*testLimit+8*len(test.file)); used > limit {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, used, len(test.file))
		}
	}
}

// The values of a hyper-parameter may share parts so that a copy would have 2^60.
func TestDoublingValuesAreCutOff(t *testing.T) {
	doubling := "]" + strings.Repeat("2\x86", 60)
	file := archived(t, zip.Store, proto+"}("+text("hyper")+doubling+text("state_dict")+"}"+
		text("w")+tensorOf("FloatStorage", 1, 0, []int64{1}, []int64{1})+"su.", map[string]string{"0": "\x00\x00\x80\x3f"})
	c, err := decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if values, err := c.Weights.Float32s("w", 1); err != nil || values[0] != 1 {
		t.Error(values, err)
	}
}

// An object's class may be an object, whose class is an object, and so on, as deep as the file is long.
func TestDeepNestingIsDescribedWithoutClimbingIntoIt(t *testing.T) {
	const depth = 1 << 16
	nested := "ca\nb\n" + strings.Repeat(")\x81", depth) // of each class, one object
	for name, pickle := range map[string]string{
		"outermost":      proto + nested + ".",
		"state":          state(nested),
		"entry":          proto + "}(" + text("state_dict") + "}" + text("hyper") + nested + "u.",
		"list in list":   proto + "}(" + text("state_dict") + "}" + text("hyper") + strings.Repeat("]", depth) + strings.Repeat("a", depth-1) + "u.",
		"tuple in tuple": proto + "}(" + text("state_dict") + "}" + text("hyper") + ")" + strings.Repeat("\x85", depth) + "u.",
	} {
		old := debug.SetMaxStack(1 << 20)
		data := archived(t, zip.Store, pickle, nil)
		_, err := Decode(bytes.NewReader(data), int64(len(data)))
		debug.SetMaxStack(old)
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// A storage may be viewed by many tensors, but not without end.
func TestCopiesOfOneStorageAreBounded(t *testing.T) {
	const side = 256
	transposed := tensorOf("FloatStorage", side*side, 0, []int64{side, side}, []int64{1, side})
	var pickle strings.Builder
	pickle.WriteString(proto + "}")
	for i := range 64 {
		pickle.WriteString(text(strings.Repeat("w", i+1)) + transposed + "s")
	}
	file := archived(t, zip.Store, pickle.String()+".", map[string]string{"0": strings.Repeat("\x00", 4*side*side)})
	if _, err := decode(file); err == nil || !strings.Contains(err.Error(), "as large as") {
		t.Errorf("error is %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.ckpt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkDecoded(t, data) })
}

// FuzzPickle fuzzes the pickle within an archive, which a fuzzer rarely gets through to.
func FuzzPickle(f *testing.F) {
	for _, test := range hostile(f) {
		if r, err := zip.NewReader(bytes.NewReader(test.file), int64(len(test.file))); err == nil && len(test.file) < 10_000 {
			data := make([]byte, r.File[0].UncompressedSize64)
			if stream, err := r.File[0].Open(); err == nil {
				stream.Read(data)
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, pickle []byte) {
		checkDecoded(t, archived(t, zip.Store, string(pickle), map[string]string{"0": strings.Repeat("1234", 4)}))
	})
}

func checkDecoded(t *testing.T, data []byte) {
	c, err := decode(data)
	if err != nil {
		if !errors.Is(err, ErrFormat) {
			t.Errorf("error is %v", err)
		}
		return
	}
	for _, x := range c.Weights.Tensors() {
		if _, err := x.Float32s(); err != nil {
			t.Error(err)
		}
	}
}
