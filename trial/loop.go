package trial

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Loop is a classifier and a generator that are trained on what the generator drew, generation after generation (the
// question of Wang et al., "Bias amplification: self-consuming loops", arXiv 2410.10160, of which the details are our
// own reading). D_0 is real training images; generation g fits, for each value of the label, a normal distribution to
// the codes of D_(g-1), draws S_g from it, decodes it to 8-bit images, and encodes them again. D_g is S_g, or D_(g-1)
// and S_g. A classifier is fitted to D_g and tested on real held-out images, beside a control that is fitted to D_0
// by as many steps.
type Loop struct {
	Label       string
	Group       string // whose shares and gaps are followed
	Sets        []Atom // of D_0: real ones
	Images      int    // of D_0, chosen at random for each seed; 0 is as many as there are
	Generations int
	Replace     bool    // whether D_g is S_g alone
	Labels      string  // who labels S_g; see [LabelledBy]
	Temperature float64 // how far from their mean what is drawn lies; 1 is as far as images
	Method      string  // of the classifiers
	Seeds       int     // how often the whole is repeated
	Effect      float64
	Steps       int
	Seed        uint64
}

// LabelledBy are those who may label what is drawn: the value it was drawn for; the classifier of the generation
// before, by its most probable value or by one drawn from its probabilities.
func LabelledBy() []string { return []string{"condition", "argmax", "sampled"} }

// spec is the loop as a trial.
func (l Loop) spec() Spec {
	return Spec{Label: l.Label, Group: l.Group, Seeds: 0, Effect: l.Effect, Steps: l.Steps, Seed: l.Seed,
		Experts: []Expert{{Name: "control", Sets: l.Sets, Method: l.Method}}}
}

// Validate says what of the loop cannot be meant.
func (l Loop) Validate() error {
	if err := l.spec().Validate(); err != nil {
		return err
	}
	switch {
	case l.Group == "":
		return &FieldError{"group", "name the label whose shares are followed"}
	case l.Generations < 2 || l.Generations > 100:
		return &FieldError{"generations", fmt.Sprintf("is %d, but must be from 2 to 100", l.Generations)}
	case l.Seeds < 2 || l.Seeds > 100:
		return &FieldError{"seeds", fmt.Sprintf("is %d, but must be from 2 to 100", l.Seeds)}
	case !(l.Temperature > 0 && l.Temperature <= 2):
		return &FieldError{"temperature", fmt.Sprintf("is %g, but must be above 0 and at most 2", l.Temperature)}
	case l.Images != 0 && l.Images < 100:
		return &FieldError{"images", fmt.Sprintf("is %d, but must be 0 (all) or at least 100", l.Images)}
	}
	for _, known := range LabelledBy() {
		if l.Labels == known {
			return nil
		}
	}
	return &FieldError{"labels", fmt.Sprintf("%q is none of %v", l.Labels, LabelledBy())}
}

// generation is a generation of one seed.
type generation struct {
	images        int
	loop, control outcome
	shares        []float64 // of each group among S_g; nil for D_0
}

// looped is a loop under way.
type looped struct {
	Loop
	trial  *Trial
	start  *Set              // the images that D_0 of each seed is drawn from
	codes  measure.Matrix    // of start
	judge  *probe.Judge      // of the group, in what the decoder makes
	errors measure.Confusion // of the judge
}

// Run runs the loop. What each seed's classifiers say is kept in dir/fits, if dir is not empty, and taken from there
// where it is known: a loop that was stopped goes on at the seed where it was.
func (l Loop) Run(ctx context.Context, source Source, dir string, progress Progress) (*LoopResult, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	s := l.spec()
	for _, a := range l.Sets {
		if a.Kind != Real {
			return nil, &FieldError{"set", a.String() + " is made: a loop begins with real images, of collections"}
		}
		s.Tests = append(s.Tests, a.Collection)
	}
	t, err := s.Open(ctx, source, progress)
	if err != nil {
		return nil, err
	}
	t.joinTests()
	run := &looped{Loop: l, trial: t, start: t.sets[0]}
	if err := run.prepare(ctx); err != nil {
		return nil, err
	}
	seeds := make([][]generation, l.Seeds)
	for seed := range seeds {
		if seeds[seed], err = run.kept(ctx, dir, seed); err != nil {
			return nil, err
		}
	}
	return run.result(seeds)
}

// joinTests makes one test of all.
func (t *Trial) joinTests() {
	all := make([]int, t.tests.set.Rows())
	for r := range all {
		all[r] = r
	}
	t.tests.names, t.tests.rows = []string{"held out"}, map[string][]int{"held out": all}
}

// judgeRounds is how often images go through encoder and decoder at most before the judge learns from them.
const judgeRounds = 3

// prepare encodes the images that D_0 is drawn from, and trains the judge of the group.
//
// What the loop draws is blurred more with every generation, and lies closer to the middle of the codes than images do.
// A judge that knows reconstructions alone takes that blur for one value or the other, and sees a share move that does
// not. It learns and is measured on images that went through encoder and decoder once, twice and so on, and from all
// that there are, however few D_0 has: where values lie close to each other, few images leave its boundary uncertain.
func (l *looped) prepare(ctx context.Context) error {
	maker := l.trial.maker
	var err error
	if l.codes, err = maker.allCodes(ctx, l.start); err != nil {
		return err
	}
	train, err := l.blurred(ctx, l.start)
	if err != nil {
		return err
	}
	test, err := l.blurred(ctx, l.trial.tests.set)
	if err != nil {
		return err
	}
	x, err := train.Features()
	if err != nil {
		return err
	}
	if l.judge, err = probe.TrainJudge(ctx, probe.Sample{X: x, Class: train.Group, Classes: len(maker.labels.Groups), Units: train.Units}, l.Seed); err != nil {
		return fmt.Errorf("a judge of %s: %w", l.Group, err)
	}
	if x, err = test.Features(); err != nil {
		return err
	}
	l.errors, err = l.judge.Confusion(x, test.Group, test.Units)
	return err
}

// blurred is a set after each of [judgeRounds] rounds through encoder and decoder, one after the other.
func (l *looped) blurred(ctx context.Context, set *Set) (*Set, error) {
	maker := l.trial.maker
	var rounds []*Set
	for range judgeRounds {
		before, after := *set, *set
		after.features = nil
		var err error
		if set, err = maker.remake(ctx, "reconstructing", &after, func(from, to int) ([]float32, error) { return maker.encode(&before, from, to) }); err != nil {
			return nil, err
		}
		rounds = append(rounds, set)
	}
	return join(rounds), nil
}
