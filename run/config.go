package run

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
	"gopkg.in/yaml.v3"
)

// Version is the version of the run folder that this code writes. It reads those from 1.
const Version = 2

// Config is what config.yaml holds: everything needed to repeat a run.
type Config struct {
	Version  int           `yaml:"version" json:"version"`
	Seed     uint64        `yaml:"seed" json:"seed"`
	Data     Data          `yaml:"data" json:"data"`
	Model    prism.Config  `yaml:"model" json:"model"`
	Training *train.Config `yaml:"training,omitempty" json:"training,omitempty"` // nil for a model that was imported
}

// Data says what a prism was trained on and how images are prepared for it.
type Data struct {
	Sources    []Source `yaml:"sources" json:"sources"`
	By         string   `yaml:"by,omitempty" json:"by,omitempty"` // labels that the collections given were split by, as [collection.ParseBy] reads them
	Gray       bool     `yaml:"gray" json:"gray"`
	Background string   `yaml:"background" json:"background"`       // what transparency is laid on, as #rrggbb
	Pad        bool     `yaml:"pad,omitempty" json:"pad,omitempty"` // whether images are filled up to squares with the background, not cropped
	MaxImages  int      `yaml:"max_images" json:"max_images"`       // of a collection; 0 is all
	Validation float64  `yaml:"validation" json:"validation"`       // share held out, in (0, 1)
	// Key is the data set's, once it was read: what is trained on is what has this key, wherever it lies.
	Key string `yaml:"key,omitempty" json:"key,omitempty"`
}

// Source is one collection by name and path, the table of its labels where one was given, and how its images are cut.
type Source struct {
	Name       string           `yaml:"name" json:"name"`
	Path       string           `yaml:"path" json:"path"`
	Metadata   string           `yaml:"metadata,omitempty" json:"metadata,omitempty"`
	FileColumn string           `yaml:"file_column,omitempty" json:"file_column,omitempty"`
	Frame      collection.Frame `yaml:"frame" json:"frame"`
	Depth      int              `yaml:"depth,omitempty" json:"depth,omitempty"` // bits that values of images of 16 are taken for, once they were read; 0 where there are none
	// Of is the collection that this one is a cell of, and Where what its images have in common; see
	// [collection.Cells].
	Of    string             `yaml:"of,omitempty" json:"of,omitempty"`
	Where []collection.Where `yaml:"where,omitempty" json:"where,omitempty"`
}

// SourceOf is the source of a collection, with paths that do not depend on the working folder.
func SourceOf(s collection.Spec) (Source, error) {
	s, err := s.Absolute()
	return Source{Name: s.Name, Path: s.Path, Metadata: s.Metadata, FileColumn: s.FileColumn, Frame: s.Frame, Of: s.Of, Where: s.Where}, err
}

// Spec is the source as [collection.Open] takes it.
func (s Source) Spec() collection.Spec {
	return collection.Spec{Name: s.Name, Path: s.Path, Metadata: s.Metadata, FileColumn: s.FileColumn, Frame: s.Frame, Of: s.Of, Where: s.Where}
}

// Framing is how images are prepared so that a collection sees them as its own: which part of them, and how many bits values of
// 16 are taken for at the least. Collections of the same framing see the same.
type Framing struct {
	Frame collection.Frame
	Depth int
}

// In is o with the framing.
func (f Framing) In(o collection.Options) collection.Options {
	o.Frame, o.Depth = f.Frame, f.Depth
	return o
}

// Framing is that of collection c: whole, and of as many bits as an image uses, where its images are not known.
func (d Data) Framing(c int) Framing {
	if c < len(d.Sources) {
		return Framing{d.Sources[c].Frame, d.Sources[c].Depth}
	}
	return Framing{}
}

// Frame is how images are cut that are to be shown to collection c.
func (d Data) Frame(c int) collection.Frame { return d.Framing(c).Frame }

// Shown is how images are prepared that are to be shown to collection c: framed, and taken for as many bits, as its own are.
func (d Data) Shown(o collection.Options, c int) collection.Options { return d.Framing(c).In(o) }

// Task is what the run trains.
func (c Config) Task() train.Task {
	return train.Task{Model: c.Model, Training: *c.Training, Seed: c.Seed}
}

// Validate says what contradicts itself or cannot be built.
func (c Config) Validate() error {
	var err error
	if c.Training == nil {
		err = c.Model.Validate()
	} else {
		err = c.Task().Validate()
	}
	return errors.Join(err, c.validateData())
}

// validateData says what of the data cannot be meant, or is not for the model.
func (c Config) validateData() error {
	d := c.Data
	if !(d.Validation > 0 && d.Validation < 1) {
		return fmt.Errorf("validation, the share of images held out, is %g, but must lie between 0 and 1", d.Validation)
	}
	if d.MaxImages < 0 {
		return fmt.Errorf("max_images is %d, but must not be negative", d.MaxImages)
	}
	if _, err := c.Images(); err != nil {
		return err
	}
	if _, channels := c.Model.Size(); channels > 0 && d.Gray != (channels == 1) {
		return fmt.Errorf("gray is %t, but the model is for images of %d channels", d.Gray, channels)
	}
	if len(d.Sources) == 0 && c.Training == nil {
		return nil
	}
	var names []string
	for _, s := range d.Sources {
		names = append(names, s.Name)
		if err := s.Frame.Validate(); err != nil {
			return fmt.Errorf("source %s: %w", s.Name, err)
		}
		if s.Depth < 0 || s.Depth > 16 {
			return fmt.Errorf("source %s: depth is %d, but must be from 0 to 16 bits", s.Name, s.Depth)
		}
		for _, w := range s.Where {
			if err := w.Validate(); err != nil {
				return fmt.Errorf("source %s: %w", s.Name, err)
			}
		}
	}
	if !slices.Equal(names, c.Model.Collections) {
		return fmt.Errorf("the sources are %q, the model's collections %q: they must be the same, in the same order", names, c.Model.Collections)
	}
	return nil
}

// Images say how images are prepared for the run's model.
func (c Config) Images() (collection.Options, error) {
	background, err := collection.ParseColor(c.Data.Background)
	if err != nil {
		return collection.Options{}, fmt.Errorf("background: %w", err)
	}
	size, _ := c.Model.Size()
	return collection.Options{
		Size: size, Gray: c.Data.Gray, Background: background, Pad: c.Data.Pad,
		MaxImages: c.Data.MaxImages, Seed: c.Seed, Validation: c.Data.Validation,
	}, nil
}

// Specs are the run's collections as [collection.Open] takes them. It is an error when their images are not known.
func (c Config) Specs() ([]collection.Spec, error) {
	if len(c.Data.Sources) == 0 {
		return nil, errors.New("this run does not know where the images of its collections are: name images, or import it again with a path for each collection (--collections NAME=PATH,NAME=PATH)")
	}
	var specs []collection.Spec
	for _, s := range c.Data.Sources {
		specs = append(specs, s.Spec())
	}
	return specs, nil
}

// NoRunError says that a folder holds no run that can be used.
type NoRunError struct{ Dir, Reason string }

func (e *NoRunError) Error() string {
	return fmt.Sprintf("%s is not the folder of a finished run: %s", e.Dir, e.Reason)
}

// ConfigError says what is wrong with a config.yaml.
type ConfigError struct{ Path, Reason string }

func (e *ConfigError) Error() string { return e.Path + ": " + e.Reason }

// mostConfig is the most bytes that a config.yaml may have.
const mostConfig = 1 << 20

// ReadConfig reads the config.yaml of the run in dir.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, ConfigFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, &NoRunError{dir, "it has no " + ConfigFile}
	} else if err != nil {
		return Config{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostConfig {
		return Config{}, &ConfigError{path, fmt.Sprintf("it is no file of at most %d bytes", mostConfig)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := parse(text)
	if err != nil {
		return c, &ConfigError{path, err.Error()}
	}
	return c, nil
}

// parse reads the text of a config.yaml of any version up to [Version].
func parse(text []byte) (Config, error) {
	var c Config
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return c, err
	}
	var head struct {
		Version int `yaml:"version"`
	}
	if err := tree.Decode(&head); err != nil {
		return c, err
	}
	switch head.Version {
	case 1:
		upgrade(&tree)
	case Version:
	default:
		return c, fmt.Errorf("version %d is not known here, which reads versions 1 to %d", head.Version, Version)
	}
	text, err := yaml.Marshal(&tree)
	if err != nil {
		return c, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return c, err
	}
	if head.Version == 1 && c.Data.Validation == 0 { // which stood for the default
		c.Data.Validation = collection.DefaultValidation
	}
	c.Version = Version
	return c, c.Validate()
}

// upgrade turns version 1 into version 2: the published system's models and their training stood under "reference".
func upgrade(tree *yaml.Node) {
	top := tree
	if top.Kind == yaml.DocumentNode && len(top.Content) == 1 {
		top = top.Content[0]
	}
	for _, name := range []string{"model", "training"} {
		if section := valueOf(top, name); section != nil {
			rename(section, "reference", "net2net")
		}
	}
}

// valueOf is the value of a key of a mapping, or nil.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// rename gives a key of a mapping another name.
func rename(mapping *yaml.Node, from, to string) {
	if mapping.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == from {
			mapping.Content[i].Value = to
		}
	}
}

// write writes the config.yaml of the run in dir.
func (c Config) write(dir string) error {
	c.Version = Version
	text, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, ConfigFile), text)
}
