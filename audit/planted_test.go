package audit

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
)

// planted are portraits of people of whom each attribute is drawn by itself, with the shares given.
type planted struct {
	style   portraits.Style
	n       int
	glasses float64
	dark    float64 // share of dark skin; the rest is light
	seed    uint64
	labels  bool // whether a metadata.csv goes with them
}

const plantedSide = 32

// people are drawn by the shares, in the order of their files.
func (p planted) people() []portraits.Person {
	rng := rand.New(rand.NewPCG(p.seed, 17))
	people := make([]portraits.Person, p.n)
	for i := range people {
		a := portraits.Attributes{
			LongHair: rng.IntN(2) == 1, Beard: rng.IntN(2) == 1, Smile: rng.IntN(2) == 1,
			Glasses: rng.Float64() < p.glasses, Age: portraits.AgeGroup(rng.IntN(3)), HairColour: portraits.HairColour(rng.IntN(2)),
		}
		if rng.Float64() < p.dark {
			a.Skin = portraits.DarkSkin
		}
		people[i] = portraits.NewPerson(a, rng)
	}
	return people
}

// write draws the people into a folder, and returns their attributes in the order of their files.
func (p planted) write(t testing.TB, dir string) []portraits.Attributes {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	attributes := make([]portraits.Attributes, p.n)
	table := "file_name,glasses,skin,smile,beard\n"
	for i, person := range p.people() {
		attributes[i] = person.Attributes()
		name := fmt.Sprintf("%04d.png", i)
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		picture := portraits.Draw(person, p.style, plantedSide)
		if err := errors.Join(png.Encode(file, picture), file.Close()); err != nil {
			t.Fatal(err)
		}
		l := attributes[i].Labels()
		table += strings.Join([]string{name, l["glasses"], l["skin"], l["smile"], l["beard"]}, ",") + "\n"
	}
	if p.labels {
		if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return attributes
}

// open writes collections and opens them with 0.4 of each held out.
func open(t testing.TB, dir string, seed uint64, named map[string]planted, names ...string) *collection.Dataset {
	t.Helper()
	var specs []collection.Spec
	for _, name := range names {
		path := filepath.Join(dir, name)
		named[name].write(t, path)
		specs = append(specs, collection.Spec{Name: name, Path: path})
	}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: plantedSide, Seed: seed, Validation: 0.4, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// briefly trains a prism on d: from the principal components on, and a flow of some steps, which is enough for
// latents that hold what portraits show.
func briefly(t testing.TB, d *collection.Dataset, flowSteps int) *prism.Prism {
	t.Helper()
	backend := simdtest.New(t)
	const latent = 48
	cfg := train.DefaultConfig()
	cfg.Autoencoder.Steps, cfg.Autoencoder.Batch = 8, 16
	cfg.Decoder.Steps, cfg.Decoder.Batch = 1, 4
	cfg.Flow.Steps, cfg.Flow.Epochs, cfg.Flow.Batch = flowSteps, 0, 128
	cfg.Adversary.Width = 8
	fl := flow.DefaultConfig(latent, len(d.Collections))
	fl.Blocks, fl.Hidden = 4, 48
	var names []string
	for _, c := range d.Collections {
		names = append(names, c.Name)
	}
	p, err := train.Train(context.Background(), backend, d, train.Task{
		Model: prism.Config{
			Collections: names, Flow: fl,
			Autoencoder: autoencoder.Config{Size: plantedSide, Channels: d.Channels, Latent: latent, Width: 16, Linear: true},
		},
		Training: cfg, Seed: 5,
	}, train.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
