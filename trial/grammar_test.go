package trial

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestExpertsAreReadAsWritten(t *testing.T) {
	for text, want := range map[string]Expert{
		"real=lfw": {Name: "real", Sets: []Atom{{Kind: Real, Collection: "lfw"}}, Method: "linear"},
		"made = lfw + into( lfw ) : even @ v": {Name: "made", Weights: "even", Method: "v",
			Sets: []Atom{{Kind: Real, Collection: "lfw"}, {Kind: Into, Collection: "lfw"}}},
		"d=drawn(lfw.female, mean)+reconstructed(aaf):500": {Name: "d", Weights: "500", Method: "linear",
			Sets: []Atom{{Kind: Drawn, Collection: "lfw.female", Shape: "mean"}, {Kind: Reconstructed, Collection: "aaf"}}},
		"o=into(lfw, aaf)":            {Name: "o", Method: "linear", Sets: []Atom{{Kind: Into, Collection: "lfw", From: "aaf"}}},
		"f=near.txt:runs/weights.csv": {Name: "f", Weights: "runs/weights.csv", Method: "linear", Sets: []Atom{{Kind: Listed, File: "near.txt"}}},
		`q="a:b@c (1)"@linear`:        {Name: "q", Method: "linear", Sets: []Atom{{Kind: Listed, File: "a:b@c (1)"}}},
		"theirs=p.csv@probabilities":  {Name: "theirs", Method: "probabilities", Sets: []Atom{{Kind: Listed, File: "p.csv"}}},
	} {
		got, err := ParseExpert(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v, want %+v", text, got, want)
		}
		if again, err := ParseExpert(got.String()); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s is written as %s, which is read as %+v, %v", text, got, again, err)
		}
	}
}

func TestErrorsPointAtThePart(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "at its end, the name of the expert",
		"real":                "at its end, = and a set",
		"real=":               "at its end, a set",
		"a/b=lfw":             `at "a/b=lfw", a name has none`,
		"r=made(lfw)":         `at "made(lfw)", what is made is one of reconstructed(C), into(C), drawn(C)`,
		"r=into(lfw":          "at its end, a closing bracket",
		"r=drawn(lfw, sharp)": `at "sharp)", what is kept of the covariance is one of full, diagonal, mean`,
		"r=lfw:often":         `at "often", weights are even, a number`,
		"r=lfw:0":             `at "0", a number of images is 1 or more`,
		"r=lfw@magic":         `at "magic", there is no method "magic": there are linear`,
		"r=lfw@linear+fast":   `at "linear+fast", the method linear takes no options`,
		"r=lfw@linear:even":   `at ":even", +SET, :WEIGHTS or @METHOD is expected, in this order`,
		`r="open`:             `at "\"open", the quote is not closed`,
		"r=lfw@probabilities": "reads one .csv file",
		"r=lfw+@linear":       `at "@linear", a set is expected`,
		"r=drawn(a/b)@linear": "a collection is expected in the brackets",
		"r=into(lfw, a/b)":    "a collection is expected in the brackets",
		"r=into(lfw, lfw)":    "from one collection into another",
	} {
		_, err := ParseExpert(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseExpert(f *testing.F) {
	for _, text := range []string{"real=lfw", "m=lfw+into(aaf):even@v", `q="a b":"c:d.csv"@linear`, "d=drawn(x, diagonal):12", "x=(", "=", "p=p.csv@probabilities"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseExpert(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.At < 0 || syntax.At > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseExpert(e.String())
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%q is %+v, written as %q and read as %+v, %v", text, e, e, again, err)
		}
	})
}

func TestSpecsInYAMLSayWhatFlagsSay(t *testing.T) {
	s, err := ReadSpec([]byte("label: smile\ngroup: gender\nexpert: [real=lfw, 'made=into(lfw)']\ntest: [lfw]\nseeds: 0\n"))
	if err != nil || s.Label != "smile" || len(s.Experts) != 2 || s.Seeds != 0 || s.Effect != DefaultEffect || s.Steps != DefaultSteps {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"labl: smile":                         "labl",
		"label: smile\nexpert: [real]":        "no expert",
		"expert: [real=lfw]":                  "label",
		"label: a":                            "expert",
		"label: a\nexpert: [x=a, X=b]":        "two are called",
		"label: a\nexpert: [x=a]\nseeds: 1":   "seeds",
		"label: a\nexpert: [x=a]\neffect: 2":  "effect",
		"label: a\nexpert: ['x=a:even']":      "context",
		"label: a\nexpert: [x=a]\ntest: ['']": "test",
		"label: a\nexpert: [x=a]\nsteps: -1":  "steps",
	} {
		s, err := ReadSpec([]byte(text))
		if err == nil {
			err = s.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
