package portraits

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
)

// Options say what Write draws.
type Options struct {
	Count    int                   // portraits of each collection; 0 is 3000
	Size     int                   // width and height in pixels, 32 to 512; 0 is 64
	Seed     uint64                // of everything that is drawn by chance
	Styles   []Style               // the collections; none is all of them
	Workers  int                   // portraits drawn at a time; 0 is one for each processor
	Progress func(done, total int) // called now and then, never from two goroutines at once; may be nil
}

// stampName is the file in a collection's folder that says how it was made.
const stampName = "portraits.json"

// stamp is what makes two collections the same.
type stamp struct {
	Style   string   `json:"style"`
	Styles  []string `json:"drawn_with"` // the pairs depend on them
	Count   int      `json:"count"`
	Size    int      `json:"size"`
	Seed    uint64   `json:"seed"`
	Drawing string   `json:"drawing"` // changes when the style is drawn otherwise
}

func (s stamp) encode() []byte {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // strings and integers can always be encoded
	}
	return append(data, '\n')
}

// Write draws collections of portraits into the folders DIR/STYLE, each with the images as PNG files and a
// metadata.csv of the columns file_name, those of AttributeNames, and pair. People with the same pair value in two
// collections are one person, with equal parameters; it is empty for a person of one collection only.
//
// A folder appears under its name only when it is complete. Collections that are already there as the options ask are
// left as they are, and Write returns at once. A folder of portraits with other options is replaced; a folder that
// Write has not made is an error and stays untouched. When ctx ends, the unfinished work is removed and the context's
// error is returned.
func Write(ctx context.Context, dir string, o Options) ([]collection.Spec, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	var specs []collection.Spec
	stamps := make(map[Style][]byte)
	var missing []Style
	for _, s := range o.Styles {
		folder := filepath.Join(dir, s.String())
		specs = append(specs, collection.Spec{Name: s.String(), Path: folder})
		stamps[s] = o.stamp(s).encode()
		there, err := holds(folder, stamps[s])
		if err != nil {
			return nil, err
		}
		if !there {
			missing = append(missing, s)
		}
	}
	if len(missing) == 0 {
		return specs, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make the folder of the portraits: %w", err)
	}
	people := populate(o.Styles, o.Count, rand.New(rand.NewPCG(o.Seed, portraitStream)))
	done := 0
	for _, s := range missing {
		progress := func() {
			done++
			if o.Progress != nil {
				o.Progress(done, len(missing)*o.Count)
			}
		}
		if err := writeCollection(ctx, filepath.Join(dir, s.String()), s, people, stamps[s], o, progress); err != nil {
			return nil, err
		}
	}
	return specs, nil
}

// portraitStream tells these random numbers from others of the same seed.
const portraitStream = 0x706f727472616974

// complete fills in the defaults and checks the rest.
func (o Options) complete() (Options, error) {
	if o.Count == 0 {
		o.Count = 3000
	}
	if o.Size == 0 {
		o.Size = 64
	}
	if len(o.Styles) == 0 {
		o.Styles = Styles()
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case o.Count < 1 || o.Count > 1_000_000:
		return o, fmt.Errorf("cannot draw %d portraits a collection: choose 1 to 1,000,000", o.Count)
	case o.Size < 32 || o.Size > 512:
		return o, fmt.Errorf("cannot draw portraits of %d pixels: choose 32 to 512", o.Size)
	}
	seen := map[Style]bool{}
	for _, s := range o.Styles {
		if s < Photo || s > Anime {
			return o, fmt.Errorf("there is no portrait style number %d: choose from %v", int(s), Styles())
		}
		if seen[s] {
			return o, fmt.Errorf("the portrait style %s is listed twice: list it once", s)
		}
		seen[s] = true
	}
	return o, nil
}

func (o Options) stamp(s Style) stamp {
	var names []string
	for _, t := range o.Styles {
		names = append(names, t.String())
	}
	return stamp{Style: s.String(), Styles: names, Count: o.Count, Size: o.Size, Seed: o.Seed, Drawing: drawingOf(s)}
}

// drawingOf is a fingerprint of how a style is drawn: a checksum of a few small portraits. Collections that an
// earlier version has drawn differently are thus drawn again.
func drawingOf(s Style) string {
	rng := rand.New(rand.NewPCG(1, portraitStream))
	sum := fnv.New64a()
	for _, m := range populate([]Style{s}, 8, rng) {
		sum.Write(Draw(m.person, s, 32).Pix)
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}

// holds reports whether a folder is a collection with the stamp. It is an error if something else has the folder's
// name.
func holds(folder string, stamp []byte) (bool, error) {
	have, err := os.ReadFile(filepath.Join(folder, stampName))
	if err == nil {
		return bytes.Equal(have, stamp), nil
	}
	if _, statErr := os.Lstat(folder); errors.Is(statErr, fs.ErrNotExist) {
		return false, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%s is there and was not drawn by dataprism: move it or choose another folder for the portraits", folder)
	}
	return false, fmt.Errorf("cannot tell what is in %s: %w", folder, err)
}

// writeCollection draws one collection beside its folder and moves it there.
func writeCollection(ctx context.Context, folder string, s Style, people []member, stamp []byte, o Options, progress func()) (err error) {
	temporary := filepath.Join(filepath.Dir(folder), fmt.Sprintf(".%s-%016x", s, rand.Uint64()))
	if err := os.Mkdir(temporary, 0o777); err != nil {
		return fmt.Errorf("cannot draw the portraits: %w", err)
	}
	defer os.RemoveAll(temporary)
	var portraits []Person
	table := [][]string{append(append([]string{"file_name"}, AttributeNames()...), "pair")}
	for number, m := range people {
		for _, t := range m.styles {
			if t != s {
				continue
			}
			row := []string{fileName(len(portraits))}
			labels := m.person.Labels()
			for _, name := range AttributeNames() {
				row = append(row, labels[name])
			}
			pair := ""
			if len(m.styles) > 1 {
				pair = strconv.Itoa(number)
			}
			table = append(table, append(row, pair))
			portraits = append(portraits, m.person)
		}
	}
	if err := drawAll(ctx, temporary, s, portraits, o, progress); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(table); err != nil {
		return fmt.Errorf("cannot write the labels of the portraits: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(temporary, "metadata.csv"), text.Bytes()); err != nil {
		return fmt.Errorf("cannot write the labels of the portraits: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(temporary, stampName), stamp); err != nil {
		return fmt.Errorf("cannot write the portraits: %w", err)
	}
	return replaceFolder(temporary, folder)
}

func fileName(i int) string { return fmt.Sprintf("%06d.png", i) }

// drawAll draws and encodes the portraits by several workers.
func drawAll(ctx context.Context, folder string, s Style, portraits []Person, o Options, progress func()) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range portraits {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var workers sync.WaitGroup
	var reporting sync.Mutex
	for range min(o.Workers, len(portraits)) {
		workers.Go(func() {
			encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(spareBuffer)}
			var file bytes.Buffer
			for i := range next {
				file.Reset()
				err := encoder.Encode(&file, Draw(portraits[i], s, o.Size))
				if err == nil {
					err = os.WriteFile(filepath.Join(folder, fileName(i)), file.Bytes(), 0o666)
				}
				if err != nil {
					stop(fmt.Errorf("cannot write a portrait: %w", err))
					return
				}
				reporting.Lock()
				progress()
				reporting.Unlock()
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// spareBuffer keeps one worker's buffers from one image to the next.
type spareBuffer struct{ buffer *png.EncoderBuffer }

func (s *spareBuffer) Get() *png.EncoderBuffer  { return s.buffer }
func (s *spareBuffer) Put(b *png.EncoderBuffer) { s.buffer = b }

// replaceFolder moves a finished folder to its name. A folder of older portraits there is moved aside first, and back
// if that fails.
func replaceFolder(finished, folder string) error {
	aside := finished + ".old"
	err := os.Rename(folder, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot replace older portraits: %w", err)
	}
	hadOld := err == nil
	if err := os.Rename(finished, folder); err != nil {
		if hadOld {
			err = errors.Join(err, os.Rename(aside, folder))
		}
		return fmt.Errorf("cannot put the portraits in place: %w", err)
	}
	if hadOld {
		if err := os.RemoveAll(aside); err != nil {
			return fmt.Errorf("cannot remove older portraits: %w", err)
		}
	}
	return nil
}
