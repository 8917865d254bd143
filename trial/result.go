package trial

import "github.com/dataprism/dataprism/measure"

// Schema is the version of the layout of trial.json that this package writes. It grows when a field changes its meaning
// or goes. trial.schema.json describes it.
const Schema = 1

// Result is what a trial found: the content of RUN/trials/NAME/trial.json. docs/trials.md says what each field means.
type Result struct {
	Schema   int       `json:"schema"`
	About    About     `json:"about"`
	Findings []Finding `json:"findings"`
	Limits   []string  `json:"limits"`

	Labels
	Effect  float64 `json:"effect"`  // the smallest difference that was asked about
	Repeats int     `json:"repeats"` // fits to training units drawn again, beside the first
	Steps   int     `json:"steps"`   // of the optimiser, for every expert that is fitted by steps

	Control string                     `json:"control"` // the first expert
	Experts []ExpertCount              `json:"experts"`
	Tests   []TestCount                `json:"tests"`
	Cells   map[string]map[string]Cell `json:"cells"` // by expert, then by test
	Notes   []string                   `json:"notes"`
}

// About says what was tried, and by what.
type About struct {
	Program string            `json:"program"` // name and version
	Command string            `json:"command"`
	Run     string            `json:"run"`
	Name    string            `json:"name"` // of the trial
	Seed    uint64            `json:"seed"`
	Inputs  map[string]string `json:"inputs"` // SHA-256 of what was read, by file
}

// ExpertCount is what an expert was fitted to.
type ExpertCount struct {
	Name      string         `json:"name"`
	Expert    string         `json:"expert"`    // in the grammar
	Images    int            `json:"images"`    // of its set
	Effective float64        `json:"effective"` // as many of equal weight
	Classes   map[string]int `json:"classes"`   // images of each value of the label
}

// TestCount is what experts were tested on.
type TestCount struct {
	Name    string         `json:"name"`
	Images  int            `json:"images"`
	Units   int            `json:"units"` // independent ones
	Classes map[string]int `json:"classes"`
	Groups  map[string]int `json:"groups,omitempty"`
}

// Cell is an expert on a test.
type Cell struct {
	Metrics
	Abstained  *measure.Estimate `json:"abstained,omitempty"`  // share of the images that the expert would rather not judge
	Difference *Difference       `json:"difference,omitempty"` // nil for the control
}

// Difference is an expert less the control, image by image.
type Difference struct {
	Metrics
	// Verdicts say of each metric whether the interval lies above 0 ("higher"), below ("lower"), within the effect that
	// was asked about on either side ("alike"), or is too wide for any of these ("cannot tell").
	Verdicts map[string]string `json:"verdicts"`
	// Q is the false discovery rate of each difference among all of the trial (Benjamini and Hochberg 1995).
	Q map[string]float64 `json:"q"`
	// Diluted is, of each gap between groups, how the expert would stand if it were the control with enough of its
	// decisions flipped at random to bring its accuracy down to the expert's. A worse classifier looks fairer: what the
	// expert has less of a gap than this is not owed to its being worse. Nil where the expert is no worse.
	Diluted map[string]Dilution `json:"diluted,omitempty"`
	// Drop is (control - expert) / control of each gap: as "relative drop" in Gupta et al. 2021. A gap of the control
	// whose interval holds 0 has none.
	Drop map[string]measure.Estimate `json:"drop,omitempty"`
}

// Dilution is the diluted control of a gap.
type Dilution struct {
	Gap    measure.Estimate `json:"gap"`    // that the diluted control has
	Excess measure.Estimate `json:"excess"` // of the expert over it
}

// Finding is one sentence with the difference that it rests on.
type Finding struct {
	Expert   string           `json:"expert"`
	Test     string           `json:"test"`
	Metric   string           `json:"metric"`
	Sentence string           `json:"sentence"`
	Estimate measure.Estimate `json:"estimate"`
}

// Verdicts.
const (
	Higher     = "higher"
	Lower      = "lower"
	Alike      = "alike"
	CannotTell = "cannot tell"
)

// verdict says what an interval of a difference says about an effect.
func verdict(e measure.Estimate, effect float64) string {
	switch {
	case e.Low > 0:
		return Higher
	case e.High < 0:
		return Lower
	case e.Low >= -effect && e.High <= effect:
		return Alike
	}
	return CannotTell
}
