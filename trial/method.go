package trial

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/internal/network"
	"github.com/dataprism/dataprism/measure"
)

// method is a way to make an expert of a weighted set.
type method struct {
	name    string
	options []string
	// fit returns the log-probabilities of the classes of each test row.
	fit func(ctx context.Context, j *job) (measure.Matrix, error)
	// certain says that fits do not depend on the training rows or a seed, so that there is nothing to repeat.
	certain bool
}

// singles are the methods of the experts that a combination has, which its option names; the first is the default.
var singles = []string{"linear", "network", "conv"}

// methods are all there are; the first is the one of experts that name none.
func methods() []method {
	return []method{
		{name: "linear", fit: fitLinear},
		{name: "network", fit: fitNetwork},
		{name: "conv", options: []string{"augment"}, fit: fitConvolutional},
		{name: "z", fit: fitLatents},
		{name: "v", fit: fitCodes},
		{name: "poe", options: []string{"conv"}, fit: fitProduct},
		{name: "mce", options: []string{"conv"}, fit: fitMixedCapacity},
		{name: "pairs", options: []string{"conv", "plain", "shuffled"}, fit: fitPairs},
		{name: "fedavg", options: []string{"conv", "vc", "ir", "dealt"}, fit: fitFederated},
		{name: "posterior", options: singles, fit: fitPosterior},
		{name: "routed", options: singles, fit: fitRouted},
		{name: "mean", options: singles, fit: fitMean},
		{name: "oracle", options: singles, fit: fitOracle},
		{name: "bayes", fit: fitBayes, certain: true},
		{name: "onnx", options: []string{string(network.Signed), string(network.Unit), string(network.Byte), string(network.ImageNet)}, fit: runONNX, certain: true},
		{name: "probabilities", fit: readProbabilities, certain: true},
	}
}

// Methods are the names of all methods, the default first.
func Methods() []string {
	var names []string
	for _, m := range methods() {
		names = append(names, m.name)
	}
	return names
}

func methodOf(name string) (method, bool) {
	all := methods()
	i := slices.IndexFunc(all, func(m method) bool { return m.name == name })
	if i < 0 {
		return method{}, false
	}
	return all[i], true
}

// checkMethod says whether the method of e and its options are known.
func checkMethod(e Expert) error {
	m, ok := methodOf(e.Method)
	if !ok {
		return fmt.Errorf("there is no method %q: there are %s", e.Method, strings.Join(Methods(), ", "))
	}
	for i, option := range e.Options {
		switch {
		case len(m.options) == 0:
			return fmt.Errorf("the method %s takes no options", m.name)
		case !slices.Contains(m.options, option):
			return fmt.Errorf("the method %s has no option %q: it has %s", m.name, option, strings.Join(m.options, ", "))
		case slices.Contains(e.Options[:i], option):
			return fmt.Errorf("the option %s is given twice", option)
		}
	}
	if m.name == "bayes" && e.Weights != "" {
		return fmt.Errorf("the method bayes takes no weights: it fits nothing")
	}
	if (m.name == "probabilities" || m.name == "onnx") && (len(e.Sets) != 1 || e.Sets[0].Kind != Listed || e.Weights != "") {
		return fmt.Errorf("the method %s reads one %s file, without weights", m.name, map[string]string{"onnx": ".onnx", "probabilities": ".csv"}[m.name])
	}
	return nil
}

// job is one fit of one expert.
type job struct {
	*maker
	expert  Expert
	train   *Set
	weight  Weights
	test    *Set
	classes int
	repeat  int // 0 is the fit to all training units
	steps   int

	abstained []bool // test rows that the expert would rather not judge; nil where it knows of none
}

// option says whether the expert's method is to be varied in this way.
func (j *job) option(name string) bool { return slices.Contains(j.expert.Options, name) }
