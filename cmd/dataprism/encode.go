package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
	"github.com/spf13/cobra"
)

func newEncode() *cobra.Command {
	var out, from, cache, backend string
	cmd := &cobra.Command{
		Use:   "encode RUN [IMAGE...]",
		Short: "Write z, v and log p(z|c) of every image of the run's collections, or of the images given",
		Long: `Write z, v and log p(z|c) of every image of the run's collections, or of the images given.

The file holds the tensors z [n, d], v [n, d] and log_prob [n] (nats, under the image's own collection),
and log_prob_by_collection [n, K]. A CSV of the same name beside it has the columns row, collection,
file_name, split (train or validation; empty for images given) and log_prob, in the same order.

A folder stands for the images in it. Images given that cannot be read are named and left out; the exit code is 1 then.

In place of images, safetensors files of latents can be given: a tensor z, or latent, [n, d], and if known
the numbers of the collections as integers label [n].`,
		Example: `  dataprism encode RUN -o codes.safetensors
  dataprism encode RUN scans/ --from siteA -o scans.safetensors`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 1 {
				return usage("name a run: dataprism encode RUN -o codes.safetensors")
			}
			if filepath.Ext(out) != ".safetensors" {
				return usage("-o %s: the file's name must end in .safetensors", out)
			}
			for _, path := range []string{out, tableBeside(out)} {
				if err := atomicfile.Check(path); err != nil {
					return err
				}
			}
			model, err := openModel(backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			var codes table
			var left error
			if latentFiles(args[1:]) {
				if err := codes.addLatentFiles(cmd, model.prism, args[1:], from); err != nil {
					return err
				}
			} else if err := model.prism.Complete(); err != nil {
				return err
			} else if len(args) > 1 {
				if left, err = codes.addOutside(cmd, model, args[1:], from); err != nil {
					return err
				}
			} else if err := codes.addCollections(cmd, model, cache); err != nil {
				return err
			}
			if err := codes.write(cmd, out, model.prism); err != nil {
				return err
			}
			return left
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&out, "out", "o", "codes.safetensors", "file of the tensors")
	flags.StringVar(&from, "from", "", "collection that the images given are from (default: the one that each fits best)")
	cacheVar(cmd, &cache)
	backendVar(cmd, &backend)
	return cmd
}

// tableBeside is the path of the table of the rows of a file of tensors.
func tableBeside(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".csv" }

// table collects what encode writes, a row an image.
type table struct {
	z, v, logProb, byCollection []float32
	collections                 []int
	files, splits               []string
}

// addCollections encodes every readable image of the run's collections, in the order of collections and rows.
func (t *table) addCollections(cmd *cobra.Command, m *opened, cache string) error {
	p := newProgress(cmd.ErrOrStderr())
	defer p.close()
	d, err := m.data(cmd.Context(), cache, p, "what is called validation may have been trained on")
	if err != nil {
		return err
	}
	defer d.Close()
	for c, col := range d.Collections {
		if err := t.addCollection(cmd.Context(), p, m.prism, d, c, col); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) addCollection(ctx context.Context, progress *progress, p *prism.Prism, d *collection.Dataset, c int, col *collection.Collection) error {
	const chunk = 512
	all := col.Rows()
	for from := 0; from < len(all); from += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := all[from:min(from+chunk, len(all))]
		files, splits := make([]string, len(rows)), make([]string, len(rows))
		for i, row := range rows {
			files[i], splits[i] = col.Items[row].File, "train"
			if _, held := slices.BinarySearch(col.Validation, row); held {
				splits[i] = "validation"
			}
		}
		labels := prism.Repeat(c, len(rows))
		if err := t.add(p, d.ImagesOf(labels, rows), labels, files, splits); err != nil {
			return err
		}
		if progress.due() {
			progress.show(fmt.Sprintf("encoding %s: %d of %d images", col.Name, from+len(rows), len(all)))
		}
	}
	return nil
}

// addOutside encodes the images given, and those in folders given, a part at a time. left is an error where some could not be
// read.
func (t *table) addOutside(cmd *cobra.Command, m *opened, given []string, from string) (left, err error) {
	const chunk = 256
	var paths []string
	for _, arg := range given {
		files, _, err := imagesIn(cmd.Context(), arg)
		if err != nil {
			return nil, err
		}
		paths = append(paths, files...)
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	var all outside
	all.left, err = m.eachPart(cmd, paths, chunk, from, true, func(images outside, done int) error {
		all.paths = append(all.paths, images.paths...)
		if len(paths) > chunk {
			progress.counted("encoding images", done, len(paths))
		}
		return t.add(m.prism, images.images, images.origins, images.paths, make([]string, len(images.paths)))
	})
	if err != nil {
		return nil, err
	}
	return all.leftOut(), nil
}

// add encodes images of the given collections.
func (t *table) add(p *prism.Prism, images []float32, labels []int, files, splits []string) error {
	z, _, err := p.Encode(images)
	if err != nil {
		return err
	}
	return t.addLatents(p, z, labels, files, splits)
}

// addLatents adds the codes of latents of the given collections.
func (t *table) addLatents(p *prism.Prism, z []float32, labels []int, files, splits []string) error {
	v, own, err := p.Codes(z, labels)
	if err != nil {
		return err
	}
	each, err := p.LogProb(z)
	if err != nil {
		return err
	}
	t.z, t.v, t.logProb = append(t.z, z...), append(t.v, v...), append(t.logProb, own...)
	for i := range labels {
		for c := range each {
			t.byCollection = append(t.byCollection, each[c][i])
		}
	}
	t.collections, t.files, t.splits = append(t.collections, labels...), append(t.files, files...), append(t.splits, splits...)
	return nil
}

// write writes the tensors to path and the table of their rows beside it.
func (t *table) write(cmd *cobra.Command, path string, p *prism.Prism) error {
	n := len(t.files)
	var file weights.File
	for _, tensor := range []struct {
		name   string
		values []float32
		shape  []int
	}{
		{"z", t.z, []int{n, p.Dim()}},
		{"v", t.v, []int{n, p.Dim()}},
		{"log_prob", t.logProb, []int{n}},
		{"log_prob_by_collection", t.byCollection, []int{n, len(p.Collections)}},
	} {
		if err := weights.Put(&file, tensor.name, tensor.shape, tensor.values); err != nil {
			return err
		}
	}
	if err := weights.Write(path, &file); err != nil {
		return err
	}
	rows := [][]string{{"row", "collection", "file_name", "split", "log_prob"}}
	for i := range n {
		rows = append(rows, []string{strconv.Itoa(i), p.Collections[t.collections[i]], t.files[i], t.splits[i],
			strconv.FormatFloat(float64(t.logProb[i]), 'g', 8, 32)})
	}
	beside := tableBeside(path)
	if err := saveCSV(beside, rows); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n%s\n", path, beside)
	return nil
}
