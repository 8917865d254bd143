package pretrained

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// File is the published weights of an autoencoder, in one file, or in one of its encoder and one of its decoder.
type File struct {
	networks Config // their sizes, and nothing else
	parts    []part
}

// part is what a file holds of the weights.
type part struct {
	path     string
	file     *weights.File
	name     func(ours string) string // what the file calls a weight; "" where the weight is of another part
	prefixes []string                 // of the names of all weights of the part
}

// Read reads safetensors files, or PyTorch checkpoints, of any floating-point type and with the names that TAESD's code
// or diffusers give the weights, or for Stable Diffusion's autoencoder its first code, and finds the architecture by
// names and shapes, whatever stands before the names. No code of a checkpoint is run. It is an error when there is none,
// two, or half of one.
func Read(paths ...string) (*File, error) {
	var f File
	for _, path := range paths {
		file, err := net2net.ReadFile(path)
		if err == nil {
			err = f.add(path, file)
		}
		if err != nil {
			return nil, err
		}
	}
	return &f, f.whole(strings.Join(paths, ","))
}

// add finds what a file holds of an autoencoder.
func (f *File) add(path string, file *weights.File) error {
	before := len(f.parts)
	if err := errors.Join(f.findTAESD(path, file), f.findKL(path, file)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(f.parts) == before {
		return fmt.Errorf("%s holds no autoencoder that is known here, neither TAESD nor AutoencoderKL: its tensors are named as in %s",
			path, strings.Join(file.Names(3), ", "))
	}
	return nil
}

// whole says which half of an autoencoder is missing, or is there twice, or cannot be built.
func (f *File) whole(paths string) error {
	for _, half := range []string{"encoder", "decoder"} {
		count := 0
		for _, p := range f.parts {
			if p.name(half+".layers.0.weight") != "" {
				count++
			}
		}
		switch {
		case count == 0:
			return fmt.Errorf("%q lacks the %s: name the file that holds it, too, as FILE,FILE", paths, half)
		case count > 1:
			return fmt.Errorf("%q hold more than one %s: name the files of one autoencoder", paths, half)
		}
	}
	if err := f.networks.validateNetworks(); err != nil {
		return fmt.Errorf("%q: %w", paths, err)
	}
	return nil
}

// findTAESD finds the halves of TAESD in a file. diffusers numbers the layers of the decoder from 0, TAESD's own code
// from 1, since there the bound of the latents is the first.
func (f *File) findTAESD(path string, file *weights.File) error {
	for _, half := range []struct {
		name, mark string // a weight that no other half has under this number
		shift      int
	}{
		{"encoder", "1.conv.0.weight", 0}, {"decoder", "17.conv.0.weight", 0}, {"decoder", "18.conv.0.weight", 1},
	} {
		prefix, err := net2net.Prefix(file, half.mark)
		if err != nil {
			return err
		} else if prefix == nil {
			continue
		}
		if f.networks.KL != nil {
			return errors.New("TAESD and AutoencoderKL do not go together")
		}
		if half.name == "encoder" {
			if f.networks.TAESD, err = sizesOfTAESD(file, *prefix); err != nil {
				return err
			}
		}
		f.parts = append(f.parts, part{path, file, func(ours string) string {
			rest, ok := strings.CutPrefix(ours, half.name+".layers.")
			if !ok {
				return ""
			}
			number, name, _ := strings.Cut(rest, ".")
			layer, _ := strconv.Atoi(number)
			return fmt.Sprintf("%s%d.%s", *prefix, layer+half.shift, name)
		}, []string{*prefix}})
	}
	return nil
}

func sizesOfTAESD(file *weights.File, prefix string) (*TAESDConfig, error) {
	width, err := outputs(file, prefix+"0.weight")
	if err != nil {
		return nil, err
	}
	last := 2 + taesdLevels*(1+taesdBlocks)
	channels, err := outputs(file, fmt.Sprintf("%s%d.weight", prefix, last))
	_, pools := file.Lookup(fmt.Sprintf("%s%d.pool.0.weight", prefix, last-1))
	return &TAESDConfig{width, channels, pools}, err
}

// findKL finds Stable Diffusion's autoencoder in a file.
func (f *File) findKL(path string, file *weights.File) error {
	prefix, err := net2net.Prefix(file, "encoder.conv_in.weight")
	if err != nil || prefix == nil {
		return err
	}
	if f.networks.TAESD != nil {
		return errors.New("TAESD and AutoencoderKL do not go together")
	}
	named := func(ours string) string { return *prefix + ours }
	if _, first := file.Lookup(*prefix + "encoder.down.0.block.0.conv1.weight"); first {
		levels := 0
		for ; levels < mostLevels; levels++ {
			if _, ok := file.Lookup(fmt.Sprintf("%sencoder.down.%d.block.0.conv1.weight", *prefix, levels)); !ok {
				break
			}
		}
		named = func(ours string) string { return *prefix + firstName(ours, levels) }
	} else if _, old := file.Lookup(*prefix + "encoder.mid_block.attentions.0.query.weight"); old {
		named = func(ours string) string { return *prefix + oldName(ours) }
	}
	f.parts = append(f.parts, part{path, file, named, []string{*prefix + "encoder.", *prefix + "decoder."}})
	f.networks.KL, err = sizesOfKL(file, named)
	return err
}

func sizesOfKL(file *weights.File, named func(ours string) string) (*KLConfig, error) {
	var c KLConfig
	block := func(level, number int) string {
		return named(fmt.Sprintf("encoder.down_blocks.%d.resnets.%d.conv1.weight", level, number))
	}
	for level := range mostLevels {
		if _, ok := file.Lookup(block(level, 0)); !ok {
			break
		}
		width, err := outputs(file, block(level, 0))
		if err != nil {
			return nil, err
		}
		c.Widths = append(c.Widths, width)
	}
	for c.Blocks < mostBlocks {
		if _, ok := file.Lookup(block(0, c.Blocks)); !ok {
			break
		}
		c.Blocks++
	}
	moments, err := outputs(file, named("encoder.conv_out.weight"))
	if err != nil {
		return nil, err
	}
	c.Channels = moments / 2
	_, c.Quantise = file.Lookup(named("quant_conv.weight"))
	return &c, nil
}

// outputs is the first axis of a tensor, its output channels.
func outputs(file *weights.File, name string) (int, error) {
	t, err := file.Tensor(name)
	if err != nil {
		return 0, err
	}
	if len(t.Shape) != 4 {
		return 0, fmt.Errorf("tensor %q has shape %v, expected that of a convolution", name, t.Shape)
	}
	return t.Shape[0], nil
}

// oldName is what diffusers called a weight before version 0.17.
func oldName(ours string) string {
	return strings.NewReplacer(".to_q.", ".query.", ".to_k.", ".key.", ".to_v.", ".value.", ".to_out.0.", ".proj_attn.").Replace(ours)
}

// firstName is what Stable Diffusion's first code calls a weight of an autoencoder of this many resolutions, which it
// numbers from the highest in the decoder, too.
func firstName(ours string, levels int) string {
	var level int
	if rest, ok := strings.CutPrefix(ours, "decoder.up_blocks."); ok {
		fmt.Sscanf(rest, "%d", &level)
		ours = strings.Replace(ours, fmt.Sprintf("up_blocks.%d.", level), fmt.Sprintf("up.%d.", levels-1-level), 1)
	}
	if strings.Contains(ours, "mid_block.") {
		ours = strings.NewReplacer("resnets.0.", "block_1.", "resnets.1.", "block_2.", "attentions.0.", "attn_1.",
			"group_norm.", "norm.", "to_q.", "q.", "to_k.", "k.", "to_v.", "v.", "to_out.0.", "proj_out.").Replace(ours)
	}
	return strings.NewReplacer("down_blocks.", "down.", "mid_block.", "mid.", "resnets.", "block.", "downsamplers.0.", "downsample.",
		"upsamplers.0.", "upsample.", "conv_shortcut.", "nin_shortcut.", "conv_norm_out.", "norm_out.").Replace(ours)
}

// Networks is the architecture. What the networks are used for is not set.
func (f *File) Networks() Config { return f.networks }

// Set gives the networks of an autoencoder below scope the weights. It is an error when one is missing, or is of another
// shape, or when the encoder or the decoder in the files has others, as that of another architecture would.
func (f *File) Set(scope *model.Scope) error {
	type tensor struct {
		file *weights.File
		name string
	}
	var report net2net.Report
	known := map[tensor]bool{}
	for _, p := range f.networks.network().params() {
		file, name := f.lookup(p.Name)
		if file == nil {
			report.Missing = append(report.Missing, name)
			continue
		}
		known[tensor{file, name}] = true
		values, err := valuesOf(file, name, p.Shape)
		if err == nil {
			err = p.Set(scope, values)
		}
		if err != nil {
			return err
		}
	}
	for _, p := range f.parts {
		for _, t := range p.file.Tensors() {
			ours := slices.ContainsFunc(p.prefixes, func(prefix string) bool { return strings.HasPrefix(t.Name, prefix) })
			if ours && !known[tensor{p.file, t.Name}] {
				report.Unexpected = append(report.Unexpected, t.Name)
			}
		}
	}
	if err := report.Err(); err != nil {
		var paths []string
		for _, p := range f.parts {
			paths = append(paths, p.path)
		}
		return fmt.Errorf("%s: %w", strings.Join(slices.Compact(paths), ","), err)
	}
	return nil
}

// lookup finds the file that holds a weight, and what the weight is called there; the file is nil where none does.
func (f *File) lookup(ours string) (file *weights.File, name string) {
	for _, p := range f.parts {
		if name = p.name(ours); name != "" {
			if _, ok := p.file.Lookup(name); ok {
				return p.file, name
			}
			break
		}
	}
	return nil, name
}

// valuesOf are those of a tensor of this shape. A matrix may be there as a kernel of one pixel.
func valuesOf(file *weights.File, name string, shape []int) ([]float32, error) {
	if t, _ := file.Lookup(name); len(shape) == 2 && t.HasShape(shape[0], shape[1], 1, 1) {
		return t.Float32s()
	}
	return file.Float32s(name, shape...)
}
