package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/compute"
)

// AuditDir is the folder of a run with its audit.
const AuditDir = "audit"

// Examination is an audit of a trained run.
type Examination struct {
	Dir      string // the run folder
	Cache    string // folder for prepared images; empty is the user's cache folder
	Settings audit.Settings
	Files    map[string]string // other files that the audit rests on, by what they are
	Watch    Watch
}

// Opened is a run with its prism, its collections, and what the one makes of the held-out images of the others.
type Opened struct {
	Config  Config
	Prism   *prism.Prism
	Data    *collection.Dataset
	HeldOut *audit.HeldOut
}

// Close ends the use of the collections.
func (o *Opened) Close() error { return o.Data.Close() }

// Open reads the run and its collections, and encodes their held-out images. The caller closes what it returns.
func (x Examination) Open(ctx context.Context, backend compute.Backend) (*Opened, error) {
	m, err := x.read(ctx, backend)
	if err != nil {
		return nil, err
	}
	h, err := audit.See(ctx, m.prism, m.data, x.settings(m.config))
	if err != nil {
		return nil, errors.Join(err, m.data.Close())
	}
	return &Opened{m.config, m.prism, m.data, h}, nil
}

// material is a run's model and its collections, as they are read to be examined.
type material struct {
	prism   *prism.Prism
	config  Config
	options collection.Options // how images are prepared
	data    *collection.Dataset
}

// read reads the run's model, of both stages, and its collections, which the caller closes.
func (x Examination) read(ctx context.Context, backend compute.Backend) (m material, err error) {
	if m.prism, m.config, err = Open(backend, x.Dir); err != nil {
		return m, err
	}
	if err := m.prism.Complete(); err != nil {
		return m, err
	}
	if m.options, err = m.config.Images(); err != nil {
		return m, err
	}
	m.options.CacheDir, m.options.Progress = x.Cache, x.Watch.Images
	if m.data, err = OpenData(ctx, m.config, m.options); err != nil {
		return m, err
	}
	if err := m.config.SameImages(x.Dir, m.data); err != nil {
		x.Watch.note("%v: what is called held out here may have been trained on", err)
	}
	return m, nil
}

// settings are those of the examination, with the seed of the run where none is given.
func (x Examination) settings(c Config) audit.Settings {
	s := x.Settings
	s.Progress = x.Watch.Doing
	if s.Seed == 0 {
		s.Seed = c.Seed
	}
	return s
}

// Audit examines an opened run. e is its evaluation by the same settings, or nil where there is none.
func (x Examination) Audit(ctx context.Context, o *Opened, e *audit.Evaluation) (*audit.Audit, error) {
	a, err := audit.Examine(ctx, o.HeldOut, x.settings(o.Config), e)
	if err != nil {
		return nil, err
	}
	a.About.Run = filepath.Base(filepath.Clean(x.Dir))
	a.About.Inputs = map[string]string{"images": o.Data.Key()}
	for _, name := range []string{ConfigFile, WeightsFile} {
		if a.About.Inputs[name], err = Digest(filepath.Join(x.Dir, name)); err != nil {
			return nil, err
		}
	}
	for what, path := range x.Files {
		if a.About.Inputs[what], err = Digest(path); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Digest is the SHA-256 of a file in hexadecimal.
func Digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
