package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/measure"
)

// EvaluationSchema is the version of the layout of evaluation.json that this package writes. It grows when a field
// changes its meaning or goes; a new field does not change it. Version 1, which had no list of what was skipped, is
// read too.
const EvaluationSchema = 2

// Evaluation is the content of RUN/evaluation.json: the numbers of one trained prism on held-out images.
// docs/evaluation.md says what each field means. A part that could not be measured is nil, an estimate within a part
// the zero [measure.Estimate]; Skipped says why.
type Evaluation struct {
	Schema         int                 `json:"schema"`
	Reconstruction *Reconstruction     `json:"reconstruction"`
	NLL            *measure.Likelihood `json:"nll"`
	Inversion      *measure.Inversion  `json:"inversion"`
	Leakage        *LeakageTable       `json:"leakage"`

	// Retrieval is keyed "A->B"; absent where no pairs are known.
	Retrieval map[string]RetrievalResult `json:"retrieval,omitempty"`
	// Attributes is keyed by attribute, then by collection.
	Attributes map[string]map[string]AttributeShares `json:"attributes,omitempty"`
	// Unlike is keyed by collection: the balanced accuracy of a linear probe that tells samples under it from reconstructions
	// of its held-out images by what judges of attributes see. Chance is 0.5.
	Unlike map[string]measure.Estimate `json:"unlike,omitempty"`
	// Flips is keyed by attribute, then "A->B", then by the value before: what projection makes of it.
	Flips map[string]map[string]map[string]Flip `json:"flips,omitempty"`
	// Transfer is keyed by attribute, then "A->B"; "A->A" is within A.
	Transfer map[string]map[string]measure.Estimate `json:"transfer,omitempty"`

	// Skipped is everything that was not measured.
	Skipped []Skipped `json:"skipped"`
}

// Reconstruction is how near decoded latents are to their images.
type Reconstruction struct {
	L1        measure.Estimate `json:"l1"`
	Sharpness measure.Estimate `json:"sharpness"`
}

// LeakageTable is the balanced accuracy of probes that predict the collection.
type LeakageTable struct {
	Chance   float64          `json:"chance"`
	Linear   ProbeResult      `json:"linear"`
	MLP      ProbeResult      `json:"mlp"`
	Moments  *ProbeResult     `json:"moments,omitempty"`
	Controls *LeakageControls `json:"controls,omitempty"`
	// Given is keyed by a label that was kept, then by its value: what the two-layer probe finds in the codes of images
	// of that value alone. Codes that keep a label tell collections apart that mix its values differently.
	Given map[string]map[string]measure.Estimate `json:"given,omitempty"`
}

// ProbeResult is a probe's balanced accuracy on latents z and on codes v.
type ProbeResult struct {
	Z measure.Estimate `json:"z"`
	V measure.Estimate `json:"v"`
}

// LeakageControls is what the two-layer probe finds where nothing is: on codes with permuted collections, and on true
// normal draws.
type LeakageControls struct {
	Permuted measure.Estimate `json:"permuted"`
	Normal   measure.Estimate `json:"normal"`
}

// RetrievalResult is how often the true counterpart of an image is found among the validation images of the target
// collection.
type RetrievalResult struct {
	Projected     measure.Hits `json:"projected"`
	Reconstructed measure.Hits `json:"reconstructed"`
	Random        measure.Hits `json:"random"`
}

// AttributeShares is the share of each label value in a collection, in samples under it, and in projections of the
// other collections' images into it.
type AttributeShares struct {
	Data      map[string]measure.Estimate `json:"data"`
	Samples   map[string]measure.Estimate `json:"samples"` // at temperature 1
	Shown     map[string]measure.Estimate `json:"shown"`   // of the same codes at [prism.Temperature], as samples are shown
	Projected map[string]measure.Estimate `json:"projected"`
	// Judge is the balanced accuracy of the judge on reconstructions of labelled held-out images of the collection.
	Judge *measure.Estimate `json:"judge,omitempty"`
}

// Direction is the key of [Evaluation.Retrieval] and [Evaluation.Transfer] for two collections: "A->B".
func Direction(from, to string) string { return from + "->" + to }

// SchemaError is returned for an evaluation of a layout this package does not know.
type SchemaError struct {
	Path   string
	Schema int
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("%s: evaluation schema %d, this program reads schemas up to %d: use the program that wrote it, or evaluate the run again", e.Path, e.Schema, EvaluationSchema)
}

// maxEvaluationBytes bounds what ReadEvaluation takes into memory.
const maxEvaluationBytes = 64 << 20

// ReadEvaluation reads an evaluation from a file.
func ReadEvaluation(path string) (*Evaluation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxEvaluationBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	if len(data) > maxEvaluationBytes {
		return nil, fmt.Errorf("%s: more than %d bytes: not an evaluation", path, maxEvaluationBytes)
	}
	return decodeEvaluation(path, data)
}

func decodeEvaluation(path string, data []byte) (*Evaluation, error) {
	var e Evaluation
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("%s: not an evaluation: %w", path, err)
	}
	if e.Schema < 1 || e.Schema > EvaluationSchema {
		return nil, &SchemaError{path, e.Schema}
	}
	return &e, nil
}

// WriteEvaluation writes an evaluation to a file, indented, with the schema version set. The file is complete or not
// there: it is written under another name in the same folder, synced, and renamed.
func WriteEvaluation(path string, e *Evaluation) error {
	versioned := *e
	versioned.Schema = EvaluationSchema
	if versioned.Skipped == nil {
		versioned.Skipped = []Skipped{}
	}
	data, err := json.MarshalIndent(versioned, "", "  ")
	if err != nil {
		var unsupported *json.UnsupportedValueError
		if errors.As(err, &unsupported) {
			return fmt.Errorf("%s: the evaluation holds %s, which JSON cannot: %w", path, unsupported.Str, err)
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := atomicfile.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
