package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/trial"
)

// copyOfRun is a copy of the demo's run that a test may write to.
func copyOfRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(runDir())); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestATrialSaysWhenFewFitsMakeIntervalsWide(t *testing.T) {
	for seeds, wide := range map[string]bool{"0": false, "2": true, "5": false} {
		dir := copyOfRun(t)
		said, _ := must(t, dir, "trial", dir, "--label", "smile", "--expert", "real=photo", "--test", "photo", "--steps", "4", "--seeds", seeds, "--cache", filepath.Join(demoDir, "cache"))
		page, err := os.ReadFile(filepath.Join(dir, "trials", "smile", reportFile))
		if err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"console": said, "report": string(page)} {
			if got := strings.Contains(text, "Intervals are wide: "+seeds+" fits"); got != wide {
				t.Errorf("with %s seeds, the %s says that intervals are wide: %v", seeds, where, got)
			}
			if !strings.Contains(text, "Experts are fitted, and decide, as if") {
				t.Errorf("with %s seeds, the %s has no limits", seeds, where)
			}
		}
	}
}

// tried runs a trial and reads what it wrote.
func tried(t *testing.T, dir, name string, args ...string) (trial.Result, []byte) {
	t.Helper()
	must(t, dir, append([]string{"trial", dir, "--name", name, "--cache", filepath.Join(demoDir, "cache")}, args...)...)
	text, err := os.ReadFile(filepath.Join(dir, "trials", name, trialFile))
	if err != nil {
		t.Fatal(err)
	}
	var r trial.Result
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r, text
}

func TestTrialComparesExpertsAndGoesOnWhereItWas(t *testing.T) {
	dir := copyOfRun(t)
	args := []string{"--label", "smile", "--group", "hair", "--test", "photo,anime", "--seeds", "2", "--steps", "4",
		"--expert", "real=photo", "--expert", "net=photo@network", "--expert", "conv=photo@conv+augment", "--expert", "post=photo+anime@posterior", "--expert", "alone=photo@mean", "--expert", "routed=photo@routed",
		"--expert", "made=photo+into(photo)", "--expert", "half=photo:50@z", "--expert", "drawn=drawn(photo, mean)"}
	r, first := tried(t, dir, "smile", args...)
	if r.Control != "real" || len(r.Cells) != 9 || len(r.Tests) != 2 || r.Positive == "" {
		t.Fatalf("the trial is %+v", r)
	}
	for name, cells := range r.Cells {
		for test, c := range cells {
			if !c.BalancedAccuracy.Measured() || !c.AUC.Measured() || (c.Difference == nil) != (name == "real") {
				t.Errorf("%s on %s is %+v", name, test, c)
			}
			if name != "real" && c.Difference.Verdicts["auc"] == "" {
				t.Errorf("%s on %s has no verdict", name, test)
			}
		}
	}
	// The one expert that there is says of every image what it says alone, however it is weighed.
	for _, name := range []string{"alone", "routed"} {
		if d := r.Cells[name]["photo"].Difference; d.AUC.Value != 0 || d.LogLoss.Value != 0 {
			t.Errorf("a combination (%s) of one expert differs from it by %v", name, d.AUC)
		}
	}
	for _, e := range r.Experts {
		if want := map[string]bool{"half": e.Effective == 50, "real": e.Effective == float64(e.Images)}; want[e.Name] == false && (e.Name == "half" || e.Name == "real") {
			t.Errorf("the effective number of %s is %v of %d", e.Name, e.Effective, e.Images)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "trials", "smile", reportFile))
	if err != nil || !bytes.Contains(page, []byte("What the sets look like")) || !bytes.Contains(page, []byte("data:image/")) {
		t.Errorf("the page shows no sets: %v", err)
	}
	// What was fitted is taken from there; what is missing or spoilt is fitted again, to the same numbers.
	fits, err := filepath.Glob(filepath.Join(dir, "trials", "smile", trial.FitsDir, "*.safetensors"))
	if err != nil || len(fits) != 27 {
		t.Fatalf("%d fits were kept, %v", len(fits), err)
	}
	whole, err := os.ReadFile(fits[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fits[0], whole[:len(whole)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(fits[7]); err != nil {
		t.Fatal(err)
	}
	if _, second := tried(t, dir, "smile", args...); !bytes.Equal(first, second) {
		t.Error("a trial that went on ends in other numbers")
	}
}

func TestTrialReadsListsWeightsAndProbabilities(t *testing.T) {
	dir := copyOfRun(t)
	var seen struct{ names []string }
	rows, err := os.ReadFile(filepath.Join(dir, "audit", imagesFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(rows)), "\n")[1:] {
		name, _, _ := strings.Cut(line, ",")
		seen.names = append(seen.names, name)
	}
	// Every held-out image gets a probability; the list names them too, but a set takes training images alone.
	text := "file,no,yes\n"
	for i, name := range seen.names {
		text += name + map[bool]string{true: ",0.9,0.1\n", false: ",0.2,0.8\n"}[i%2 == 0]
	}
	file := filepath.Join(dir, "p.csv")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(dir, "mine.yaml")
	if err := os.WriteFile(spec, []byte("label: smile\nseeds: 0\ntest: [photo]\nexpert:\n- real=photo\n- theirs="+file+"@probabilities\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "trial", dir, spec, "--cache", filepath.Join(demoDir, "cache"))
	said, err := os.ReadFile(filepath.Join(dir, "trials", "mine", predictionsFile))
	if err != nil || !bytes.HasPrefix(said, []byte("file,smile,real: p(yes),theirs: p(yes)\nphoto/")) {
		t.Errorf("the predictions begin with %.80q, %v", said, err)
	}
	// What weigh writes is read as it is: weights, and lists in which a path may stand twice.
	must(t, dir, "weigh", dir, "--label", "smile", "--context", "hair", "--cache", filepath.Join(demoDir, "cache"))
	weighed, _ := tried(t, dir, "weighed", "--label", "smile", "--seeds", "0", "--test", "photo", "--expert", "real=photo",
		"--expert", "w=photo:\""+filepath.Join(dir, "weigh", "weights.csv")+"\"", "--expert", "again=\""+filepath.Join(dir, "weigh", "paths.txt")+"\"")
	if w := weighed.Experts[1]; w.Images != weighed.Experts[0].Images || w.Effective >= float64(w.Images) || weighed.Experts[2].Images < 100 {
		t.Errorf("the experts are %+v", weighed.Experts)
	}
	if _, err := os.Stat(filepath.Join(dir, "trials", "mine", trialFile)); err != nil {
		t.Error(err)
	}
	for want, args := range map[string][]string{
		"names no image that can be used here": {"--label", "smile", "--expert", "real=" + file},
		"there is no column weight":            {"--label", "smile", "--expert", "real=photo:" + file},
	} {
		_, stderr, code := dataprism(t, dir, append([]string{"trial", dir, "--cache", filepath.Join(demoDir, "cache")}, args...)...)
		if code != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
	for want, args := range map[string][]string{
		"--label":                {"--expert", "real=photo"},
		"no method":              {"--label", "smile", "--expert", "real=photo@magic"},
		"label \"smil\"":         {"--label", "smil", "--expert", "real=photo"},
		"there is no collection": {"--label", "smile", "--expert", "real=photo", "--test", "photograph"},
		"no name of a folder":    {"--label", "smile", "--expert", "real=photo", "--name", "../x"},
		"name one run":           nil,
		"leave --label":          {spec, "--label", "smile"},
	} {
		command := []string{"trial"}
		if args != nil {
			command = append(command, dir, "--cache", filepath.Join(demoDir, "cache"))
		}
		if _, stderr, code := dataprism(t, dir, append(command, args...)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
	if _, stderr, code := dataprism(t, dir, "trial", dir, "--label", "smile", "--expert", "real=photo", "--seeds", "0", "--test", "photo",
		"--cache", filepath.Join(demoDir, "cache"), "--fail-on", "cells.real.photo.auc>0"); code != exitLimit || !strings.Contains(stderr, "cells.real.photo.auc") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestLoopFollowsGenerations(t *testing.T) {
	dir := copyOfRun(t)
	looped := func() []byte {
		must(t, dir, "loop", dir, "--set", "photo+anime", "--label", "smile", "--group", "hair", "--generations", "2", "--seeds", "2", "--images", "150",
			"--labels", "sampled", "--temperature", "0.8", "--name", "gen", "--cache", filepath.Join(demoDir, "cache"))
		text, err := os.ReadFile(filepath.Join(dir, "trials", "gen", loopFile))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	text := looped()
	fits, err := filepath.Glob(filepath.Join(dir, "trials", "gen", trial.FitsDir, "*.safetensors"))
	if err != nil || len(fits) != 2 {
		t.Fatalf("%d seeds were kept, %v", len(fits), err)
	}
	if err := os.Remove(fits[1]); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(looped(), text) {
		t.Error("a loop that went on ends in other numbers")
	}
	var r trial.LoopResult
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Generations) != 3 || r.Generations[2].Images <= r.Generations[1].Images || len(r.ShareSlopes) < 2 || !r.Slopes["balanced_accuracy"].Measured() {
		t.Errorf("the loop is %+v", r)
	}
	if d := r.Generations[0].Difference.BalancedAccuracy; d.Value != 0 || d.Low != 0 {
		t.Errorf("before anything was drawn, the loop differs from the control by %v", d)
	}
	page, err := os.ReadFile(filepath.Join(dir, "trials", "gen", reportFile))
	if err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("the page has no chart: %v", err)
	}
	for want, args := range map[string][]string{"--mix": {"--mix", "stir"}, "--group": {"--label", "smile"}, "--set": {"--set", "("}} {
		if _, stderr, code := dataprism(t, dir, append([]string{"loop", dir, "--set", "photo"}, args...)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
}

func TestTrialFitsPairsAndOtherMethodsOfTheirOwn(t *testing.T) {
	dir := copyOfRun(t)
	pairs := filepath.Join(dir, "pairs")
	if err := os.Mkdir(pairs, 0o777); err != nil {
		t.Fatal(err)
	}
	portraits, err := filepath.Glob(filepath.Join(demoDir, portraitsDir, "photo", "*.png"))
	if err != nil || len(portraits) < 36 {
		t.Fatalf("%d portraits, %v", len(portraits), err)
	}
	table := "file_name,pair,role,smile\n"
	for i := range 36 {
		data, err := os.ReadFile(portraits[i])
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(portraits[i])
		if err := os.WriteFile(filepath.Join(pairs, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
		role := []string{"original", "factual", "counterfactual"}[i%3]
		smiles := (i/3%2 == 0) != (i%3 == 2)
		table += name + "," + string(rune('a'+i/3)) + "," + role + "," + map[bool]string{true: "yes", false: "no"}[smiles] + "\n"
	}
	if err := os.WriteFile(filepath.Join(pairs, "metadata.csv"), []byte(table), 0o666); err != nil {
		t.Fatal(err)
	}
	r, _ := tried(t, dir, "own", "--label", "smile", "--test", "photo", "--seeds", "0", "--steps", "10",
		"--expert", "real=photo@network", "--expert", "pairs=\""+pairs+"\"@pairs", "--expert", "poe=photo@poe", "--expert", "mce=photo@mce",
		"--expert", "fed=photo@fedavg+vc+ir")
	if len(r.Experts) != 5 || r.Experts[1].Images != 36 {
		t.Errorf("the experts are %+v", r.Experts)
	}
	for name, cells := range r.Cells {
		if !cells["photo"].BalancedAccuracy.Measured() {
			t.Errorf("%s was not measured: %+v", name, cells)
		}
	}
	for _, wrong := range []string{"photo@pairs", "photo@mce+vc", "photo@posterior+z", "\"" + pairs + "\"@posterior", "\"" + pairs + "\"+anime@routed"} {
		if _, _, code := dataprism(t, dir, "trial", dir, "--label", "smile", "--expert", "x="+wrong, "--seeds", "0", "--cache", filepath.Join(demoDir, "cache")); code == exitDone {
			t.Errorf("%s is no error", wrong)
		}
	}
}

func TestTrialClassifiesByCollectionsThatStandForALabel(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "train", "photo="+filepath.Join(demoDir, portraitsDir, "photo"), "--by", "smile", "--size", "32", "--steps", "12", "-o", "run", "--cache", "cache")
	r, _ := tried(t, filepath.Join(dir, "run"), "by", "--label", "smile", "--test", "photo.smile_no+photo.smile_yes", "--seeds", "0",
		"--expert", "real=photo.smile_no+photo.smile_yes", "--expert", "bayes=photo.smile_no+photo.smile_yes@bayes", "--expert", "flipped=into(photo.smile_no)+into(photo.smile_yes)", "--cache", filepath.Join(dir, "cache"))
	for _, e := range r.Experts {
		if c := r.Cells[e.Name]["photo.smile_no+photo.smile_yes"]; !c.AUC.Measured() {
			t.Errorf("%s was not measured: %+v", e.Name, c)
		}
	}
	if len(r.Notes) < 2 || !strings.Contains(r.Notes[0], "and so has what is projected into it") {
		t.Errorf("what is projected into a value gets it without a word: %q", r.Notes)
	}
}
