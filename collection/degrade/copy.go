package degrade

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/internal/stream"
	"golang.org/x/sync/errgroup"
)

// Copy writes collection c of d with a fault into the folder dir, which exists and is empty: the images as PNG files
// of the side and channels that d has them in, and a metadata.csv with their labels. Its column pair holds the name
// of the original, by which copies of one image know each other; images that belonged together before have one value
// of group. The fault nil copies the images as they are. progress hears how many are done; it may be nil.
func Copy(ctx context.Context, dir string, d *collection.Dataset, c int, fault *Fault, seed uint64, progress func(done, total int)) error {
	if fault != nil {
		if err := fault.Validate(d.Size); err != nil {
			return err
		}
	}
	col := d.Collections[c]
	rows := col.Rows()
	if fault != nil && fault.Kind == Keep {
		rows = kept(rows, fault.Level, seed)
	}
	for from := 0; from < len(rows); from += chunk {
		part := rows[from:min(from+chunk, len(rows))]
		work, ctx := errgroup.WithContext(ctx)
		work.SetLimit(runtime.GOMAXPROCS(0))
		for _, row := range part {
			work.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return writeImage(filepath.Join(dir, fileOf(row)), col.Pixels(row), d, fault, stream.New(seed, stream.DegradeNoise, row))
			})
		}
		if err := work.Wait(); err != nil {
			return err
		}
		if progress != nil {
			progress(from+len(part), len(rows))
		}
	}
	return writeLabels(filepath.Join(dir, "metadata.csv"), col, rows)
}

// chunk is how many images are written between two reports of progress.
const chunk = 500

func fileOf(row int) string { return fmt.Sprintf("%07d.png", row) }

// kept are the rows that are left of a collection, a random share of them.
func kept(rows []int, share float64, seed uint64) []int {
	rows = slices.Clone(rows)
	rng := stream.New(seed, stream.DegradeKeep)
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	rows = rows[:max(1, int(share*float64(len(rows))+0.5))]
	slices.Sort(rows)
	return rows
}

func writeImage(path string, pixels []byte, d *collection.Dataset, fault *Fault, rng *rand.Rand) error {
	if fault != nil {
		var err error
		if pixels, err = fault.Apply(pixels, d.Size, d.Channels, rng); err != nil {
			return err
		}
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&file, Picture(pixels, d.Size, d.Channels)); err != nil {
		return err
	}
	return os.WriteFile(path, file.Bytes(), 0o666) // the folder becomes visible as a whole
}

// writeLabels writes the metadata.csv of a copy.
func writeLabels(path string, col *collection.Collection, rows []int) error {
	names := slices.DeleteFunc(col.LabelNames(), func(name string) bool { return !collection.IsContent(name) })
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Write(append([]string{"file_name", collection.LabelPair, collection.LabelGroup}, names...))
	for _, row := range rows {
		group, ok := col.Label(row, collection.LabelGroup)
		if !ok {
			group, _ = col.Label(row, collection.LabelPair)
		}
		record := []string{fileOf(row), col.Items[row].File, group}
		for _, name := range names {
			value, _ := col.Label(row, name)
			record = append(record, value)
		}
		w.Write(record)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return atomicfile.Write(path, text.Bytes())
}
