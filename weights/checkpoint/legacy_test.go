package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// legacyFile is a file of the legacy format: the pickle of its object, the keys of its storages, and what follows.
func legacyFile(object string, keys []string, follows string) []byte {
	list := "]"
	for _, key := range keys {
		list += text(key) + "a"
	}
	magic := "\x8a\x0a" + string(legacyMagic) + "."
	return []byte(proto + magic + proto + "M\xe9\x03." + proto + "}." + object + proto + list + "." + follows)
}

// counted is a storage as it follows the pickles: the number of elements, and their bytes.
func counted(count uint64, elements string) string {
	return string(binary.LittleEndian.AppendUint64(nil, count)) + elements
}

// floats describes a tensor of the first elements of a storage of count floats.
func floats(key string, count, elements int64) string {
	return rebuild + "((" + text("storage") + "ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(count) + "tQ" +
		number(0) + numbers(elements) + numbers(1) + "\x89NtR"
}

func TestLegacyFilesAreRead(t *testing.T) {
	file := legacyFile(proto+"}"+text("w")+floats("0", 2, 2)+"s"+text("again")+floats("0", 2, 1)+"s.",
		[]string{"0"}, counted(2, "\x00\x00\x80\x3f\x00\x00\x00\x40"))
	c, err := decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if values, err := c.Weights.Float32s("w", 2); err != nil || values[0] != 1 || values[1] != 2 {
		t.Error(values, err)
	}
}

// A file of n storages that each claim all of the bytes behind them would otherwise be read n times over.
func TestStorageDescribedInTwoWaysIsRefusedBeforeItIsRead(t *testing.T) {
	const keys, padding = 50, 1 << 20
	var object, follows strings.Builder
	object.WriteString(proto + "}")
	var names []string
	for i := range keys {
		key := fmt.Sprint(i)
		names = append(names, key)
		// The first description says all that follows, the second what the file says.
		object.WriteString(text("w"+key) + floats(key, padding/4, 1) + "s" + text("v"+key) + floats(key, 1, 1) + "s")
		follows.WriteString(counted(1, "1234"))
	}
	file := legacyFile(object.String()+".", names, follows.String()+strings.Repeat("\x00", padding))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decode(file)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "two ways") {
		t.Errorf("error is %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4*padding {
		t.Errorf("%d bytes were allocated for a file of %d", used, len(file))
	}
}

func TestHostileLegacyFilesAreRefusedWithAReason(t *testing.T) {
	object := proto + "}" + text("w") + floats("0", 1, 1) + "s."
	for says, file := range map[string][]byte{
		"there twice":    legacyFile(object, []string{"0", "0"}, counted(1, "1234")+counted(1, "1234")),
		"no tensor":      legacyFile(object, []string{"1"}, counted(1, "1234")),
		"has 2 elements": legacyFile(object, []string{"0"}, counted(2, "12341234")),
		"no storage":     legacyFile(object, nil, ""),
		"cut short":      legacyFile(object, []string{"0"}, counted(1, "12")),
		"list of":        []byte(strings.Replace(string(legacyFile(object, nil, "")), proto+"].", proto+"}.", 1)),
	} {
		if _, err := decode(file); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
	}
}

func FuzzLegacy(f *testing.F) {
	f.Add(proto+"}"+text("w")+floats("0", 1, 1)+"s.", counted(1, "1234"))
	f.Add(proto+"}"+text("w")+floats("0", 1<<40, 1)+"s"+text("v")+floats("0", 1, 1)+"s.", counted(1, "1234"))
	f.Fuzz(func(t *testing.T, object, follows string) {
		checkDecoded(t, legacyFile(object, []string{"0"}, follows))
	})
}
