package pretrained

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// write writes the tensors of a file that keep leaves, as keep renames and changes them.
func write(t *testing.T, name string, of *weights.File, keep func(*weights.Tensor) bool) string {
	t.Helper()
	var file weights.File
	for _, each := range of.Tensors() {
		if keep != nil && !keep(&each) {
			continue
		}
		if err := file.Add(each); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), name)
	if err := weights.Write(path, &file); err != nil {
		t.Fatal(err)
	}
	return path
}

// small is a file of Stable Diffusion's autoencoder in small.
func small(t *testing.T) *weights.File {
	return fixture.ByRecipe(t, numbers(t, "kl_small.safetensors"), "")
}

// halves are the encoder and the decoder of TAESD as its own code names their weights.
func halves(t *testing.T) (encoder, decoder *weights.File) {
	n := numbers(t, "taesd_pair.safetensors")
	return fixture.ByRecipe(t, n, "encoder_"), fixture.ByRecipe(t, n, "decoder_")
}

func TestWeightsAreFoundWhateverTheyAreCalled(t *testing.T) {
	renamed := func(pairs ...string) func(*weights.Tensor) bool {
		return func(each *weights.Tensor) bool {
			each.Name = strings.NewReplacer(pairs...).Replace(each.Name)
			return true
		}
	}
	rounded := func(each *weights.Tensor) bool { // to bfloat16, by cutting
		var half []byte
		for i := 0; i < len(each.Data); i += 4 {
			half = append(half, each.Data[i+2:i+4]...)
		}
		each.DType, each.Data = weights.BF16, half
		return true
	}
	encoder, decoder := halves(t)
	for name, paths := range map[string][]string{
		"as they are":           {write(t, "vae.safetensors", small(t), nil)},
		"with a prefix":         {write(t, "vae.safetensors", small(t), func(each *weights.Tensor) bool { each.Name = "vae." + each.Name; return true })},
		"old names":             {write(t, "vae.safetensors", small(t), renamed(".to_q.", ".query.", ".to_k.", ".key.", ".to_v.", ".value.", ".to_out.0.", ".proj_attn."))},
		"in half precision":     {write(t, "vae.safetensors", small(t), rounded)},
		"encoder, then decoder": {write(t, "e.safetensors", encoder, nil), write(t, "d.safetensors", decoder, nil)},
		"decoder, then encoder": {write(t, "d.safetensors", decoder, nil), write(t, "e.safetensors", encoder, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(paths...)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Set(model.NewStore().Scope("/autoencoder")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFilesThatAreNotAnAutoencoderAreExplained(t *testing.T) {
	encoder, decoder := halves(t)
	pools := func(half string) *weights.File {
		return fixture.ByRecipe(t, numbers(t, "taesd_pools.safetensors"), half)
	}
	plain := func(each *weights.Tensor) bool { return !strings.Contains(each.Name, ".pool.") }
	without := func(name string) func(*weights.Tensor) bool {
		return func(each *weights.Tensor) bool { return each.Name != name }
	}
	text := filepath.Join(t.TempDir(), "text.safetensors")
	if err := os.WriteFile(text, []byte("no weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		paths []string
		says  []string
	}{
		"nothing is named":     {nil, []string{"lacks the encoder"}},
		"no such file":         {[]string{"gone.safetensors"}, []string{"gone.safetensors"}},
		"no weights":           {[]string{text}, []string{"text.safetensors"}},
		"another network":      {[]string{write(t, "other.safetensors", decoder, func(each *weights.Tensor) bool { return each.Name == "1.weight" })}, []string{"other.safetensors", "neither TAESD nor AutoencoderKL", "1.weight"}},
		"encoder alone":        {[]string{write(t, "e.safetensors", encoder, nil)}, []string{"e.safetensors", "lacks the decoder", "FILE,FILE"}},
		"decoder alone":        {[]string{write(t, "d.safetensors", decoder, nil)}, []string{"lacks the encoder"}},
		"encoder twice":        {[]string{write(t, "e.safetensors", encoder, nil), write(t, "f.safetensors", encoder, nil), write(t, "d.safetensors", decoder, nil)}, []string{"more than one encoder"}},
		"of two architectures": {[]string{write(t, "e.safetensors", encoder, nil), write(t, "vae.safetensors", small(t), nil)}, []string{"do not go together"}},
		"a weight is missing":  {[]string{write(t, "vae.safetensors", small(t), without("decoder.conv_in.bias"))}, []string{"vae.safetensors", "decoder.conv_in.bias"}},
		"a weight too many": {[]string{write(t, "vae.safetensors", small(t), func(each *weights.Tensor) bool {
			each.Name = strings.Replace(each.Name, "quant_conv.bias", "encoder.down_blocks.2.attentions.0.to_q.bias", 1)
			return true
		})}, []string{"vae.safetensors", "not of this network", "encoder.down_blocks.2.attentions.0.to_q.bias"}},
		"a decoder alone pools": {
			[]string{write(t, "e.safetensors", pools("encoder_"), plain), write(t, "d.safetensors", pools("decoder_"), nil)},
			[]string{"e.safetensors", "d.safetensors", "12 weights are not of this network", "3.pool.0.weight"},
		},
		"another shape": {[]string{write(t, "vae.safetensors", small(t), func(each *weights.Tensor) bool {
			if each.Name == "decoder.conv_in.bias" {
				each.Shape, each.Data = []int{2}, each.Data[:8]
			}
			return true
		})}, []string{"vae.safetensors", "decoder.conv_in.bias", "[2]", "[96]"}},
		"a width that groups do not part": {[]string{write(t, "vae.safetensors", small(t), func(each *weights.Tensor) bool {
			if strings.HasPrefix(each.Name, "encoder.down_blocks.1.resnets.0.conv1.weight") {
				each.Shape, each.Data = []int{30, 1, 1, 1}, each.Data[:120]
			}
			return true
		})}, []string{"vae.safetensors", "30 of kl.widths"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(test.paths...)
			if err == nil {
				err = f.Set(model.NewStore().Scope("/autoencoder"))
			}
			if err == nil {
				t.Fatal("no error")
			}
			if missing := slices.DeleteFunc(test.says, func(text string) bool { return strings.Contains(err.Error(), text) }); len(missing) > 0 {
				t.Errorf("%q does not say %q", err, missing)
			}
		})
	}
}

func TestConfigurationsThatCannotBeBuiltAreNamed(t *testing.T) {
	good := Config{TAESD: &TAESDConfig{Width: 64, Channels: 4}, Size: 64, Channels: 3, Latent: 32}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(c *Config){
		"either taesd or kl":   func(c *Config) { c.TAESD = nil },
		"2 channels":           func(c *Config) { c.Channels = 2 },
		"latent is 3":          func(c *Config) { c.Latent = 3 },
		"multiple of 8":        func(c *Config) { c.Size = 100 },
		"256 values":           func(c *Config) { c.Latent = 258 },
		"taesd.width is 0":     func(c *Config) { c.TAESD = &TAESDConfig{Width: 0, Channels: 4} },
		"33 of kl.widths":      func(c *Config) { c.TAESD, c.KL = nil, &KLConfig{[]int{33}, 2, 4, true} },
		"kl.blocks is 0":       func(c *Config) { c.TAESD, c.KL = nil, &KLConfig{[]int{32}, 0, 4, true} },
		"number of kl.widths":  func(c *Config) { c.TAESD, c.KL = nil, &KLConfig{nil, 1, 4, true} },
		"taesd.channels is -1": func(c *Config) { c.TAESD = &TAESDConfig{Width: 64, Channels: -1} },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, want one that says %q", err, says)
		}
	}
}
