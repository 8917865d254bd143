//go:build unix

package collection

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scaleVariable is the number of images that TestSlowScale makes and opens. It needs about 5 GB of disk for a
// million, in the folder for temporary files.
const scaleVariable = "DATAPRISM_SCALE"

// scaleMemory is what a start may take, resident.
const scaleMemory = 2_000_000_000

// TestSlowScale opens a million tiny images in tar shards, one in ten JPEG, half of them with labels beside them, and
// as many in a Parquet file, each in a process of its own, twice, and says what it took:
//
//	DATAPRISM_SCALE=1000000 go test -run SlowScale -v -timeout 3h ./collection
func TestSlowScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(scaleVariable))
	if err != nil {
		t.Skipf("set %s to a number of images", scaleVariable)
	}
	if path := os.Getenv(scaleVariable + "_PATH"); path != "" {
		openScale(t, path, n)
		return
	}
	for _, kind := range []struct {
		name string
		make func(t *testing.T, dir string, n int)
	}{{"tar", makeTars}, {"parquet", makeParquet}} {
		t.Run(kind.name, func(t *testing.T) {
			dir := t.TempDir()
			start := time.Now()
			kind.make(t, filepath.Join(dir, "data"), n)
			t.Logf("%s: made in %s, %.2f GB", kind.name, time.Since(start).Round(time.Second), folderSize(t, dir)/1e9)
			for _, which := range []string{"first", "second"} {
				memory, text := startProcess(t, dir, n)
				t.Logf("%s, %s start: %s, %.0f MB resident at most, %.2f GB on disk", kind.name, which, text, memory/1e6, folderSize(t, dir)/1e9)
				if memory > scaleMemory {
					t.Errorf("%s, %s start: more than %.0f MB", kind.name, which, scaleMemory/1e6)
				}
			}
		})
	}
}

// startProcess opens the collection in a process of its own and returns its largest resident memory and what it says.
func startProcess(t *testing.T, dir string, n int) (float64, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestSlowScale$", "-test.v", "-test.timeout", "3h")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", scaleVariable, n), scaleVariable+"_PATH="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, text, _ := strings.Cut(string(out), "opened: ")
	text, _, _ = strings.Cut(text, "\n")
	processor := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Round(100 * time.Millisecond)
	return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024, fmt.Sprintf("%s, %s of processors' time", text, processor)
}

// openScale is what that process does.
func openScale(t *testing.T, dir string, n int) {
	stages := map[Stage]time.Duration{}
	last := time.Now()
	stage := Stage("opening")
	turn := func(to Stage) {
		stages[stage] += time.Since(last)
		stage, last = to, time.Now()
	}
	start := time.Now()
	d, err := Open(context.Background(), []Spec{{Name: "a", Path: filepath.Join(dir, "data")}}, Options{
		Size: 32, CacheDir: filepath.Join(dir, "cache"), Progress: func(p Progress) {
			if p.Stage != stage {
				turn(p.Stage)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	turn("")
	defer d.Close()
	c := d.Collections[0]
	if len(c.Items) != n || len(c.Skipped) != 0 || len(c.Train)+len(c.Validation) != n {
		t.Fatalf("%d rows, %d skipped, %d and %d in the split", len(c.Items), len(c.Skipped), len(c.Train), len(c.Validation))
	}
	if age, ok := c.Label(n/2&^1, "age"); !ok || age == "" {
		t.Fatal("no label")
	}
	t.Logf("opened: in %s (%v), labels %q, %d notes", time.Since(start).Round(100*time.Millisecond), stages, c.LabelNames(), len(c.Notes))
}

func folderSize(t *testing.T, dir string) float64 {
	t.Helper()
	total := 0.0
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += float64(info.Size())
		}
		return err
	})
	return total
}

// tinyImages makes many images of 16 pixels a side that are all different, one in ten JPEG and the others PNG.
type tinyImages struct {
	b        bytes.Buffer
	template []byte // a PNG whose pixels are stored as they are
	data     int    // where its compressed data begins
}

func newTinyImages() *tinyImages {
	t := &tinyImages{}
	encoder := png.Encoder{CompressionLevel: png.NoCompression}
	encoder.Encode(&t.b, image.NewGray(image.Rect(0, 0, 16, 16)))
	t.template = bytes.Clone(t.b.Bytes())
	t.data = bytes.Index(t.template, []byte("IDAT")) + 4
	return t
}

func (t *tinyImages) name(i int) string {
	if i%10 == 9 {
		return fmt.Sprintf("%09d.jpg", i)
	}
	return fmt.Sprintf("%09d.png", i)
}

// image is the i-th of them, valid until the next call.
func (t *tinyImages) image(i int) []byte {
	rng := rand.New(rand.NewPCG(uint64(i), 0))
	if i%10 == 9 {
		m := image.NewGray(image.Rect(0, 0, 16, 16))
		for p := range m.Pix {
			m.Pix[p] = byte(rng.Uint32())
		}
		t.b.Reset()
		jpeg.Encode(&t.b, m, &jpeg.Options{Quality: 60})
		return t.b.Bytes()
	}
	// The compressed data: two bytes of zlib, five of a stored block, and 16 rows of a filter and 16 pixels.
	rows := t.template[t.data+7:][:16*17]
	for y := range 16 {
		for x := range 2 {
			binary.LittleEndian.PutUint64(rows[17*y+1+8*x:], rng.Uint64())
		}
	}
	length := int(binary.BigEndian.Uint32(t.template[t.data-8:]))
	binary.BigEndian.PutUint32(t.template[t.data+length-4:], adler32.Checksum(rows))
	binary.BigEndian.PutUint32(t.template[t.data+length:], crc32.ChecksumIEEE(t.template[t.data-4:t.data+length]))
	return t.template
}

func tinyLabels(i int) string {
	return fmt.Sprintf(`{"age": %d, "group": "g%d", "url": "https://example.org/images/%09d.jpg"}`, 20+i%60, i/4, i)
}

func makeTars(t *testing.T, dir string, n int) {
	const perShard = 10_000
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	images := newTinyImages()
	for shard := 0; shard*perShard < n; shard++ {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%05d.tar", shard)))
		if err != nil {
			t.Fatal(err)
		}
		buffered := bufio.NewWriterSize(f, 1<<20)
		w := tar.NewWriter(buffered)
		add := func(name string, data []byte) {
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Format: tar.FormatUSTAR}); err != nil {
				t.Fatal(err)
			}
			w.Write(data)
		}
		for i := shard * perShard; i < min(n, (shard+1)*perShard); i++ {
			add(images.name(i), images.image(i))
			if i%2 == 0 {
				add(fmt.Sprintf("%09d.json", i), []byte(tinyLabels(i)))
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := buffered.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// makeParquet writes the images and an age into one file, in parts of 20,000 rows.
func makeParquet(t *testing.T, dir string, n int) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "all.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := newParquetWriter(f, []string{"image", "age"}, []bool{false, true})
	tiny := newTinyImages()
	for from := 0; from < n; from += 20_000 {
		var images, ages [][]byte
		for i := from; i < min(n, from+20_000); i++ {
			images = append(images, bytes.Clone(tiny.image(i)))
			ages = append(ages, fmt.Append(nil, 20+i%60))
		}
		w.group(images, ages)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
}
