package collection

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// decoding is what the workers share.
type decoding struct {
	options Options
	out     *cacheWriter
	// Each place of these is written by one worker.
	reasons  []string // why a row was skipped, or ""
	contents []byte   // contentLen bytes by which copies of an image are known
	depths   []uint8  // bits that an image of 16 was taken for, 0 for others
	blank    []bool   // whether nothing of a transparent image shows on the background
	depth    int      // bits that images of 16 are taken for at the least, 0 for those that each uses
	used     int      // bits that all images of 16 are taken for, 0 where there are none
	memory   *memory

	meter *meter
}

// decodeAll decodes the given rows of a listing, shows them to the visitor of the options, and writes them to w,
// where that is not nil, in their order.
func decodeAll(ctx context.Context, src source, entries []entry, rows []int, name string, o Options, w *cacheWriter) (*decoding, error) {
	d := &decoding{
		options: o, depth: o.Depth, out: w, memory: newMemory(), reasons: make([]string, len(rows)), contents: make([]byte, len(rows)*contentLen),
		depths: make([]uint8, len(rows)), blank: make([]bool, len(rows)),
	}
	d.meter = newMeter(o.Progress, name, Decoding, InImages, int64(len(rows)))
	var readable []int
	for i, row := range rows {
		if reason := entries[row].reason; reason == "" {
			readable = append(readable, row)
		} else {
			d.visited(i, File{Reason: reason})
			d.finished(i, reason)
		}
	}
	return d, d.run(ctx, src, readable, rows)
}

// run decodes rows of a source. Their places in the output are those in all, which ascend.
func (d *decoding) run(outer context.Context, src source, rows, all []int) error {
	g, ctx := errgroup.WithContext(outer)
	jobs := make(chan job)
	g.Go(func() error {
		defer close(jobs)
		return src.each(ctx, rows, func(row int, size int64, load func() ([]byte, error)) error {
			release, err := d.memory.file(ctx, size)
			if err != nil {
				return err
			}
			place, _ := slices.BinarySearch(all, row)
			select {
			case jobs <- job{place, load, release}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	for range min(d.options.Workers, max(len(rows), 1)) {
		g.Go(func() error { return d.work(ctx, jobs) })
	}
	return d.await(outer, g.Wait)
}

// stopGrace is how long work that is stopped may take to end.
const stopGrace = 300 * time.Millisecond

// await is wait, but returns soon after the work is stopped: a worker that is within a large image cannot be, and is
// left to end by itself. It has nothing that anybody looks at any more, unless there is a visitor.
func (d *decoding) await(ctx context.Context, wait func() error) error {
	if d.options.visit != nil {
		return wait()
	}
	ended := make(chan error, 1)
	go func() { ended <- wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(stopGrace):
		return ctx.Err()
	}
}

// evenDepth decodes once more the images of 16 bits that use fewer of them than another one does, so that all are
// scaled alike.
func (d *decoding) evenDepth(ctx context.Context, src source, rows []int) error {
	if d.used = int(slices.Max(append(slices.Clone(d.depths), 0))); d.used <= d.depth {
		return nil
	}
	d.depth = d.used
	var again []int
	for i, bits := range d.depths {
		if bits > 0 && int(bits) < d.depth {
			again = append(again, rows[i])
		}
	}
	if len(again) == 0 {
		return nil
	}
	d.options.visit, d.meter = nil, nil
	return d.run(ctx, src, again, rows)
}

// outcome says why rows have no pixels, and what those that have are known by. files are the names of the rows.
func (d *decoding) outcome(files []string) outcome {
	o := outcome{contents: d.contents, Depth: d.used}
	for row, reason := range d.reasons {
		if reason != "" {
			o.Skipped = append(o.Skipped, skippedRow{row, reason})
		}
	}
	var found notes
	for row, file := range files {
		if d.depths[row] > 0 && d.depths[row] < 16 {
			found.add(file, depthNote(int(d.depths[row])))
		}
		if d.blank[row] {
			found.add(file, blankNote)
		}
	}
	o.Notes = found.all()
	return o
}

// job is one file to decode: its place in the output and its bytes, for which memory is held.
type job struct {
	place   int
	load    func() ([]byte, error)
	release func()
}

func (d *decoding) work(ctx context.Context, jobs <-chan job) error {
	pixels := make([]byte, d.options.Size*d.options.Size*d.options.channels())
	squarer := newSquarer(d.options)
	for j := range jobs {
		reason := ""
		switch err := d.decode(ctx, j, squarer, pixels); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			reason = err.Error()
		case d.out != nil:
			if err := d.out.writeRow(j.place, pixels); err != nil {
				return err
			}
		}
		d.finished(j.place, reason)
		j.release()
	}
	return nil
}

// loadReason says why the bytes of a file could not be read.
func loadReason(err error) error {
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("is damaged: its checksum in the archive differs")
	case errors.Is(err, zip.ErrAlgorithm):
		return errors.New("is compressed in the archive by a method that is not read")
	}
	return cause(err)
}

// visited shows a file to the visitor, if there is one.
func (d *decoding) visited(place int, f File) {
	if d.options.visit != nil {
		d.options.visit(place, f)
	}
}

// decode fills pixels with the square of a job's file, and shows both to the visitor.
func (d *decoding) decode(ctx context.Context, j job, s *squarer, pixels []byte) (err error) {
	f := File{}
	defer func() {
		if err != nil && ctx.Err() == nil {
			d.visited(j.place, File{Data: f.Data, Reason: err.Error()})
		}
	}()
	if f.Data, err = j.load(); err != nil {
		return loadReason(err)
	}
	p, err := openPicture(f.Data)
	if err != nil {
		return err
	}
	if err := s.check(p); err != nil {
		return err
	}
	release, err := d.memory.image(ctx, p.memory+s.memory(p))
	if err != nil {
		return err
	}
	defer release()
	defer p.drop()
	if err := p.load(d.depth); err != nil {
		return err
	}
	s.square(pixels, p)
	if p.bits > 0 {
		d.depths[j.place] = uint8(max(p.bits, d.depth))
	}
	d.blank[j.place] = isGround(pixels, d.options) && isTransparent(p.image)
	d.remember(j.place, f.Data, pixels)
	f.Picture, f.Square = p, pixels
	d.visited(j.place, f)
	return nil
}

// remember keeps what tells a file and its square from others.
func (d *decoding) remember(place int, file, square []byte) {
	ofFile, ofSquare := sha256.Sum256(file), sha256.Sum256(square)
	copy(d.contents[place*contentLen:], ofFile[:contentLen/2])
	copy(d.contents[place*contentLen+contentLen/2:], ofSquare[:contentLen/2])
}

// finished records how a file went and reports progress.
func (d *decoding) finished(place int, reason string) {
	d.reasons[place] = reason
	d.meter.add(1)
}
