package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

const (
	projectedAtOnce = 1 << 24 // pixels of images that are held, each with its projections
	mostAtOnce      = 512     // images, so that there is progress to tell
	widestGrid      = 1 << 13 // pixels of the pictures side by side in a grid
	mostAnimated    = 1 << 27 // pixels of all frames of an animation, which are held
)

// projection shows images from outside as collections would, a part of them at a time.
type projection struct {
	cmd     *cobra.Command
	model   *opened
	from    string // the collection that the images are from; empty is the one that each fits
	anyway  bool
	showing report.Showing
	size    int      // side of what is shown
	targets []int    // the collections to show them as
	singles *singles // the folder of projections as images of their own; nil is none

	given outside // all of them, with the images of those that are in the grid
	grid  report.Grid
}

// imagesIn are the images of a folder that is given. What is none is an image as far as anybody knows: whoever opens it says what
// is wrong with it.
func imagesIn(ctx context.Context, given string) (files []string, folder bool, err error) {
	if info, err := os.Stat(given); err != nil || !info.IsDir() {
		return []string{given}, false, nil
	}
	files, err = collection.ImageFiles(ctx, given)
	if empty := (*collection.EmptyError)(nil); errors.As(err, &empty) {
		err = fmt.Errorf("no images found in %s", given)
	}
	return files, true, err
}

// images are those that arguments name: files, and those in folders. What an earlier run has written into a folder is none of
// its images, and an image is not written over.
func (p *projection) images(args []string, outputs ...string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		files, folder, err := imagesIn(p.cmd.Context(), arg)
		if err != nil {
			return nil, err
		}
		if folder && p.singles != nil {
			if files, err = p.singles.from(p.cmd, arg, files); err != nil {
				return nil, err
			}
		}
		paths = append(paths, files...)
	}
	if p.singles != nil {
		if slices.ContainsFunc(args, sameAs(p.singles.folder)) {
			return nil, usage("--single %s is a folder of the images that are projected: name another", p.singles.folder)
		}
		p.singles.keep(paths)
	}
	for _, output := range outputs {
		same := sameAs(output)
		if slices.ContainsFunc(args, same) {
			return nil, usage("%s is one of the images that are projected, and would be written over: name another file", output)
		}
		paths = slices.DeleteFunc(paths, same)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no images found but those that are written", strings.Join(args, ", "))
	}
	return paths, nil
}

// sameAs says of other paths whether they lead to the file or folder that one leads to; none does where nothing is there.
func sameAs(path string) func(other string) bool {
	is, err := os.Stat(path)
	if err != nil {
		return func(string) bool { return false }
	}
	return func(other string) bool {
		info, err := os.Stat(other)
		return err == nil && os.SameFile(is, info)
	}
}

// all shows the images, and writes what is to be written of each.
func (p *projection) all(paths []string) error {
	chunk := max(1, min(mostAtOnce, projectedAtOnce/(p.size*p.size*(2+len(p.targets)))))
	room := max(1, widestGrid/p.size)
	if p.singles == nil {
		chunk = min(chunk, room)
	}
	progress := newProgress(p.cmd.ErrOrStderr())
	defer progress.close()
	left, err := p.model.eachPart(p.cmd, paths, chunk, p.from, p.anyway, func(given outside, done int) error {
		err := p.add(given)
		if len(paths) > chunk {
			progress.counted("projecting images", done, len(paths))
		}
		if err == nil && p.singles == nil && len(p.grid.Columns) == room {
			return errEnough
		}
		return err
	})
	p.given.left = left
	if p.singles != nil {
		if unfinished := p.singles.finish(p.cmd); err == nil {
			err = unfinished
		}
	}
	if err != nil {
		return err
	}
	if shown, of := len(p.grid.Columns), len(paths)-len(left); shown < of {
		all := ""
		if p.singles == nil {
			all = ": --single FOLDER writes all"
		}
		tell(p.cmd, "the grid shows the first %d of %d images%s", shown, of, all)
	}
	return nil
}

// projector shows projections of images, at the size that is asked for.
func (p *projection) projector(given outside) (*report.Projector, error) {
	showing := p.showing
	if side, _ := p.model.prism.Size(); p.size > side {
		var err error
		if showing.Large, err = p.model.enlarged(given, p.size); err != nil {
			return nil, err
		}
	}
	return report.NewProjector(p.model.prism, given.images, given.origins, showing)
}

// add projects images that could be read.
func (p *projection) add(given outside) error {
	projector, err := p.projector(given)
	if err != nil {
		return err
	}
	grid, err := projector.Grid(p.targets)
	if err != nil {
		return err
	}
	if p.singles != nil {
		if err := p.writeSingles(given, grid); err != nil {
			return err
		}
	}
	p.given.paths = append(p.given.paths, given.paths...)
	room := min(len(given.paths), max(1, widestGrid/p.size)-len(p.grid.Columns))
	if room <= 0 {
		return nil
	}
	if p.grid.Rows == nil {
		for _, row := range grid.Rows {
			p.grid.Rows = append(p.grid.Rows, report.Row{Label: row.Label})
		}
	}
	for i, path := range given.paths[:room] {
		p.grid.Columns = append(p.grid.Columns, filepath.Base(path))
		for r := range p.grid.Rows {
			p.grid.Rows[r].Pictures = append(p.grid.Rows[r].Pictures, grid.Rows[r].Pictures[i])
		}
	}
	p.given.images = append(p.given.images, given.images[:room*p.model.prism.Pixels()]...)
	p.given.origins = append(p.given.origins, given.origins[:room]...)
	return nil
}

// animated is how many images an animation of so many frames has room for.
func (p *projection) animated(frames int) int {
	return mostAnimated / (frames * len(p.targets) * p.size * p.size)
}

// animate writes the transition of the images of the grid.
func (p *projection) animate(path string, frames int) error {
	n := min(len(p.given.origins), p.animated(frames))
	if n < len(p.given.paths) {
		tell(p.cmd, "the animation shows the first %d images", n)
	}
	shown := outside{paths: p.given.paths[:n], images: p.given.images[:n*p.model.prism.Pixels()], origins: p.given.origins[:n]}
	projector, err := p.projector(shown)
	if err != nil {
		return err
	}
	progress := newProgress(p.cmd.ErrOrStderr())
	defer progress.close()
	pictures, err := projector.Transition(p.cmd.Context(), p.targets, frames, func(done, total int) {
		progress.counted("drawing frames", done, total)
	})
	if err != nil {
		return err
	}
	if err := report.BackAndForth(pictures).WriteGIF(p.cmd.Context(), path); err != nil {
		return err
	}
	fmt.Fprintln(p.cmd.OutOrStdout(), path)
	return nil
}

// writeSingles writes every projection as an image of its own.
func (p *projection) writeSingles(given outside, grid report.Grid) error {
	var collections []string
	for _, c := range p.targets {
		collections = append(collections, p.model.prism.Collections[c])
	}
	const before = 2 // rows of the inputs and of the reconstructions
	for i, path := range given.paths {
		from := p.model.prism.Collections[given.origins[i]]
		for t, file := range p.singles.add(path, from, collections) {
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				return err
			}
			if err := report.WritePNG(file, inFiles(p.model.prism, grid.Rows[before+t].Pictures[i])); err != nil {
				return err
			}
			fmt.Fprintln(p.cmd.OutOrStdout(), file)
		}
	}
	return nil
}
