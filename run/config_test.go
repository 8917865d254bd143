package run

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

// first is a config.yaml of version 1, in which the published system's models stand under "reference".
const first = `version: 1
seed: 5
data:
    sources:
        - {name: photo, path: /images/photo, frame: {x: 0, y: 0, side: 0}}
        - {name: oil, path: /images/oil, frame: {x: 0.1, y: 0.2, side: 0.5}}
    gray: false
    background: '#ffffff'
    max_images: 0
    validation: 0.1
model:
    collections: [photo, oil]
    reference:
        net2net_32: {size: 32, channels: 3, latent: 8, downsamples: 2}
        flow: {dim: 8, collections: 2, blocks: 2, hidden: 8, depth: 1, embedding: 4, embedder_hidden: 8, embedder_depth: 1, batch_norm: true, activation: false}
training:
    time: 0s
    autoencoder: {steps: 3, share: 0.7, cap: false, batch: 2, rate: 5e-05, weight_decay: 0, beta2: 0.9, clip: 0, ema: 0}
    decoder: {steps: 0, share: 0, cap: false, batch: 0, rate: 0, weight_decay: 0, beta2: 0.9, clip: 0, ema: 0}
    flow: {steps: 4, share: 0.3, cap: false, batch: 8, rate: 6e-05, weight_decay: 0, beta2: 0.9, clip: 0, ema: 0}
    latents: {noise: 1, label_dropout: 0}
    flip: false
    jitter: 0
    reference:
        losses: {kl: 1e-06, perceptual: 1, discriminator_weight: 0.5, discriminator_start: 1}
`

func TestConfigurationsOfVersion1AreRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(first), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Model.Net2Net == nil || c.Model.Net2Net.Flow.Blocks != 2 || c.Training.Net2Net == nil || c.Training.Net2Net.Losses.DiscriminatorStart != 1 {
		t.Errorf("the published system's part came back as %+v, %+v", c.Model.Net2Net, c.Training.Net2Net)
	}
	if err := c.write(dir); err != nil {
		t.Fatal(err)
	}
	again, err := ReadConfig(dir)
	if err != nil || again.Version != Version || again.Model.Net2Net.Flow.Blocks != 2 {
		t.Errorf("written again it is %+v, %v", again, err)
	}
}

// What a collection is a cell of is read back as it was written, and what no image can meet is refused.
func TestCellsAreKeptInTheConfiguration(t *testing.T) {
	c, err := parse([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	at := 25.5
	c.Data.By = "hair,age:25.5"
	for i, w := range [][]collection.Where{
		{{Label: "hair", Value: "no"}, {Label: "age", Below: &at}}, {{Label: "hair", Value: "no"}, {Label: "age", From: &at}},
	} {
		c.Data.Sources[i].Of, c.Data.Sources[i].Where = "people", w
	}
	dir := t.TempDir()
	if err := c.write(dir); err != nil {
		t.Fatal(err)
	}
	again, err := ReadConfig(dir)
	if err != nil || !reflect.DeepEqual(again.Data, c.Data) {
		t.Errorf("the data are %+v, %v", again.Data, err)
	}
	moved, ok := again.Split([]collection.Spec{{Name: "people", Path: "/elsewhere"}})
	if !ok || len(moved) != 2 || moved[1].Path != "/elsewhere" || moved[1].Name != "oil" || !reflect.DeepEqual(moved[1].Where, c.Data.Sources[1].Where) {
		t.Errorf("elsewhere the cells are %+v", moved)
	}
	if _, ok := again.Split([]collection.Spec{{Name: "people"}, {Name: "cats"}}); ok {
		t.Error("a collection that the run was not started with is taken")
	}
	c.Data.Sources[1].Where[1] = collection.Where{Label: "age"}
	if err := c.Validate(); err == nil {
		t.Error("a condition of neither a value nor bounds is taken")
	}
}

func TestConfigurationsThatCannotBeMeantAreNamed(t *testing.T) {
	for says, text := range map[string]string{
		"99":           "version: 99\n",
		"misspelt":     strings.Replace(first, "    jitter: 0", "    misspelt: 0", 1),
		"collections":  strings.Replace(first, "[photo, oil]", "[photo]", 1),
		"mapping":      "version: [1",
		"config.yaml:": "version: 2\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConfig(dir); err == nil || says != "mapping" && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
	}
	var none *NoRunError
	if _, err := ReadConfig(t.TempDir()); !errors.As(err, &none) {
		t.Errorf("an empty folder gives %v", err)
	}
}

func TestConfigurationThatIsNoTextIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ConfigFile)
	var wrong *ConfigError
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(dir); !errors.As(err, &wrong) {
		t.Errorf("a folder gives %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(first+strings.Repeat("# and so on\n", 1<<18)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(dir); !errors.As(err, &wrong) {
		t.Errorf("megabytes of it give %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(first))
	f.Add([]byte("version: 2\nmodel: {collections: [a, b], flow: {blocks: 1000000000}}\n"))
	f.Add([]byte("version: 2\na: &a [*a, *a]\n"))
	f.Add([]byte("version: 1\nmodel: &m {reference: *m}\ntraining: *m\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse(text)
		if err != nil {
			return
		}
		dir := t.TempDir()
		if err := c.write(dir); err != nil {
			t.Fatal(err)
		}
		again, err := ReadConfig(dir)
		if err != nil || again.Seed != c.Seed || len(again.Model.Collections) != len(c.Model.Collections) {
			t.Errorf("written and read again, it is %+v, %v", again, err)
		}
	})
}
