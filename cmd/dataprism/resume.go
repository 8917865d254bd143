package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

// resumed continues the run in the folder, or begins it where nothing has begun. What was begun goes on as its
// config.yaml says; flags and collections that are given must agree with it.
func (f trainFlags) resumed(cmd *cobra.Command, args []string) error {
	folder, err := run.Take(f.out, true)
	if err != nil {
		return err
	}
	defer folder.Close()
	begun, isBegun := folder.Begun()
	if !isBegun && len(args) == 0 {
		return &run.NoRunError{Dir: f.out, Reason: "it has no " + run.ConfigFile + " to continue: name the collections to begin one"}
	}
	specs, err := f.resumedSpecs(cmd, begun, isBegun, args)
	if err != nil {
		return err
	}
	if isBegun && !f.net2net.given("model") {
		f.net2net.model = modelOf(begun)
	}
	if isBegun && begun.Model.Pretrained != nil {
		f.pretrained.resume(begun)
		if !f.net2net.given("size") {
			f.size, _ = begun.Model.Size()
		}
	}
	c, err := f.config(specs)
	if err != nil {
		return err
	}
	if isBegun {
		if err := agree(f.out, begun, c, f.net2net.given, f.whole); err != nil {
			return err
		}
	}
	return f.train(cmd, folder, c)
}

// resumedSpecs are the collections that arguments name, or those of the run that was begun.
func (f *trainFlags) resumedSpecs(cmd *cobra.Command, begun run.Config, isBegun bool, args []string) ([]collection.Spec, error) {
	if !isBegun {
		return f.specs(cmd, args)
	}
	if !f.net2net.given("by") {
		f.by = begun.Data.By
	}
	if len(args) == 0 {
		specs, err := begun.Specs()
		if err != nil {
			return nil, err
		}
		return specs, f.tables.apply(specs)
	}
	read := collectionsOf
	if begun.Data.By != "" {
		read = specsOf
	}
	specs, err := read(args)
	if err != nil {
		return nil, err
	}
	if err := f.tables.apply(specs); err != nil {
		return nil, err
	}
	if cells, ok := begun.Split(specs); ok {
		return cells, nil
	}
	return specs, nil
}

// agree says which flag that was given, or which collection, contradicts the configuration of the run that was begun
// in the folder dir. wanted is what the flags make, whole what --whole says.
func agree(dir string, begun, wanted run.Config, given func(flag string) bool, whole bool) error {
	differ := func(was, is string) error {
		return usage("%s was started with %s, not %s: leave that out to continue it, or choose another folder", dir, was, is)
	}
	if was, is := begun.Model.Collections, wanted.Model.Collections; !slices.Equal(was, is) {
		return differ("the collections "+strings.Join(begun.Given(), ", "), strings.Join(wanted.Given(), ", "))
	}
	for _, flag := range []struct {
		name string
		said func(run.Config) string
	}{
		{"model", modelOf},
		{"autoencoder", pretrainedOf},
		{"by", func(c run.Config) string { return fmt.Sprintf("--by %q", c.Data.By) }},
		{"size", func(c run.Config) string { side, _ := c.Model.Size(); return fmt.Sprint(side) }},
		{"gray", func(c run.Config) string { return fmt.Sprint(c.Data.Gray) }},
		{"pad", func(c run.Config) string { return fmt.Sprint(c.Data.Pad) }},
		{"background", func(c run.Config) string { return colorOf(c.Data.Background) }},
		{"max-images", func(c run.Config) string { return fmt.Sprint(c.Data.MaxImages) }},
		{"validation", func(c run.Config) string { return fmt.Sprint(c.Data.Validation) }},
		{"seed", func(c run.Config) string { return fmt.Sprint(c.Seed) }},
		{"latent", func(c run.Config) string { return fmt.Sprint(c.Model.Dim()) }},
		{"flow-blocks", func(c run.Config) string { return fmt.Sprint(flowOf(c).blocks) }},
		{"flow-shared", func(c run.Config) string { return fmt.Sprint(flowOf(c).shared) }},
		{"flow-sliced", func(c run.Config) string { return fmt.Sprint(c.Model.Flow.Sliced) }},
		{"flow-bins", func(c run.Config) string { return fmt.Sprint(c.Model.Flow.Bins) }},
		{"flow-hidden", func(c run.Config) string { return fmt.Sprint(flowOf(c).hidden) }},
		{"time", lengthOf},
		{"steps", lengthOf},
		{"pairs", func(c run.Config) string { return c.Training.Latents.Pairs }},
		{"content", func(c run.Config) string { return fmt.Sprint(c.Training.Latents.Content) }},
		{"keep", func(c run.Config) string { return strings.Join(c.Training.Latents.Keep, ",") }},
		{"no-mirror", func(c run.Config) string { return fmt.Sprint(!c.Training.Flip) }},
		{"no-gan", func(c run.Config) string { return fmt.Sprint(!sharpens(c)) }},
		{"whole", func(c run.Config) string { return fmt.Sprint(whole && !framed(c)) }},
		{"lpips", func(c run.Config) string { return net2netTraining(c).lpips }},
		{"disc-start", func(c run.Config) string { return net2netTraining(c).start }},
		{"kl-weight", func(c run.Config) string { return net2netTraining(c).kl }},
	} {
		if !given(flag.name) {
			continue
		}
		was, is := flag.said(begun), flag.said(wanted)
		if was == is {
			continue
		}
		if !strings.HasPrefix(was, "--") {
			was = "--" + flag.name + " " + was
		}
		return differ(was, is)
	}
	return nil
}

// modelOf is what --model calls the networks of a run.
func modelOf(c run.Config) string {
	switch m := c.Model.Net2Net; {
	case m == nil:
		return ownModel
	case m.Large != nil:
		return net2net256Model
	}
	return net2net32Model
}

// pretrainedOf is what the files of a stage one are called that others have trained.
func pretrainedOf(c run.Config) string {
	var names []string
	for _, file := range c.Training.Pretrained {
		names = append(names, filepath.Base(file))
	}
	return strings.Join(names, ",")
}

func colorOf(text string) string {
	color, err := collection.ParseColor(text)
	if err != nil {
		return text
	}
	r, g, b, _ := color.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

type flowSizes struct{ blocks, shared, hidden int }

func flowOf(c run.Config) flowSizes {
	if m := c.Model.Net2Net; m != nil {
		if m.Flow == nil {
			return flowSizes{}
		}
		return flowSizes{m.Flow.Blocks, 0, m.Flow.Hidden}
	}
	return flowSizes{c.Model.Flow.Blocks, c.Model.Flow.Shared, c.Model.Flow.Hidden}
}

// lengthOf is how long a run trains, as the flags say it.
func lengthOf(c run.Config) string {
	t := c.Training
	if t.Time > 0 {
		return "--time " + t.Time.String()
	}
	return fmt.Sprintf("--steps %d", t.Autoencoder.Steps+t.Decoder.Steps+t.Flow.Steps)
}

// sharpens says whether the decoder is trained against a discriminator.
func sharpens(c run.Config) bool {
	if n := c.Training.Net2Net; n != nil {
		return n.Losses.DiscriminatorStart < math.MaxInt32
	}
	return c.Training.Decoder.Steps > 0
}

// framed says whether the images of a run are cut.
func framed(c run.Config) bool {
	return slices.ContainsFunc(c.Data.Sources, func(s run.Source) bool { return !s.Frame.Whole() })
}

type net2netValues struct{ lpips, start, kl string }

func net2netTraining(c run.Config) net2netValues {
	n := c.Training.Net2Net
	if n == nil {
		return net2netValues{}
	}
	return net2netValues{filepath.Base(n.LPIPS), fmt.Sprint(n.Losses.DiscriminatorStart), fmt.Sprint(n.Losses.KL)}
}
