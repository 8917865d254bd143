package threshold

import (
	"errors"
	"strings"
	"testing"
)

type object = map[string]any

var report = object{
	"leakage": object{"mlp": object{"v": object{"value": 0.72, "low": 0.7, "high": 0.74}}, "linear": nil},
	"collections": []any{
		object{"name": "lfw", "skipped": []any{}, "usable": 12792},
		object{"name": "a.b", "skipped": []any{object{"file": "x"}}, "usable": 7},
	},
	"duplicates": object{"leaks": []any{}},
	"findings":   []any{object{"kind": "leak", "found": true}, object{"kind": "apart", "found": false}},
}

func TestLimitsThatAreCrossedAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"leakage.mlp.v>0.7":                "leakage.mlp.v is 0.72",
		" leakage.mlp.v.low >= 0.7 ":       "leakage.mlp.v.low is 0.7",
		"leakage.mlp.v>0.72":               "",
		"leakage.mlp.v.high < 0.8":         "leakage.mlp.v.high is 0.74",
		"collections.*.skipped.length > 0": "collections.1.skipped.length is 1",
		"collections.lfw.usable<100":       "",
		"collections[a.b].usable<=7":       "collections.a.b.usable is 7",
		"collections.0.usable != 12792":    "",
		"collections.length==2":            "collections.length is 2",
		"duplicates.leaks.length>0":        "",
		"duplicates.leaks.*.train==x":      "",
		"findings.*.kind == leak":          "findings.0.kind is leak",
		`findings.*.kind = "apart"`:        "findings.1.kind is apart",
		"findings.*.kind == 'difference'":  "",
		"findings.*.kind != leak":          "findings.1.kind is apart",
		"findings.*.found == false":        "findings.1.found is false",
		"leakage.length == 2":              "leakage.length is 2",
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		c, err := e.Check(report)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		if c != nil {
			got = c.String()
		}
		if (want == "") != (c == nil) || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLimitsOnWhatIsNotThereAreErrors(t *testing.T) {
	for text, part := range map[string]string{
		"leakage.mpl.v>0.7":            `leakage has no "mpl"; it has linear, mlp`,
		"nothing>1":                    `the report has no "nothing"`,
		"collections.oil.usable<1":     `has no "oil"; it has lfw, a.b`,
		"leakage.linear>0.5":           "was not measured",
		"leakage.mlp>0.5":              "holds v",
		"findings.*.kind>1":            "no number",
		"leakage.mlp.v==leak":          "is the number",
		"collections.lfw.usable.x > 1": "it has nothing",
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if c, err := e.Check(report); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, %v; want an error with %q", text, c, err, part)
		}
	}
}

func TestExpressionsThatAreNoneAreRefused(t *testing.T) {
	for _, text := range []string{"", "a", "a>", ">1", "a.>1", "a..b>1", "[a>1", "a[b]c>1", "a>b", "a[]>1"} {
		e, err := Parse(text)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) {
			t.Errorf("%q was read as %+v, %v", text, e, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a>1", "a.*.b[c.d]!='x'", "[", "=", "a[b]>=-1e9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		if len(e.steps) == 0 || e.want == nil {
			t.Errorf("%q gives %+v", text, e)
		}
		e.Check(report) // must not panic
	})
}
