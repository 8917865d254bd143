package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/run"
)

func TestDemoEndsWithFindingsAndTheReport(t *testing.T) {
	dir := filepath.Join(runDir(), run.AuditDir)
	text, err := os.ReadFile(filepath.Join(dir, auditFile))
	if err != nil {
		t.Fatal(err)
	}
	var found audit.Audit
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if found.Schema != audit.Schema || len(found.About.Collections) != 3 || len(found.About.Inputs) != 3 {
		t.Errorf("the audit is of schema %d, about %+v", found.Schema, found.About)
	}
	kinds := map[string]bool{}
	for _, f := range found.Findings {
		kinds[f.Kind] = true
	}
	// The demo's portraits differ whatever a dozen steps of training have made of them.
	if !kinds[audit.KindPrevalence] {
		t.Errorf("no difference of the planted prevalences is found: %+v", found.Findings)
	}
	for _, c := range []string{"photo", "oil", "anime"} {
		if g := found.Generation[c]; g.Samples == nil || g.Halves == nil {
			t.Errorf("the generation of %s was not measured: %+v", c, found.Skipped)
		}
		if len(found.Typicality[c].Most) == 0 {
			t.Errorf("no image is most typical of %s", c)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, reportFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"What photo, oil and anime do", "What projection changes", "Limits", "data:image/"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the report does not say %q", want)
		}
	}
	words := regexp.MustCompile(`data:image/[^"]*`).ReplaceAll(page, nil)
	for _, no := range []string{"https://", "<script", "NaN", "%!"} {
		if bytes.Contains(words, []byte(no)) {
			t.Errorf("the report holds %q", no)
		}
	}
	rows, err := os.ReadFile(filepath.Join(dir, imagesFile))
	if err != nil || !bytes.HasPrefix(rows, []byte("file,collection,l1,log_prob,log_odds,p(photo)")) {
		t.Errorf("the table of images begins with %.60q, %v", rows, err)
	}
}

func TestAuditEndsWithCode3WhereALimitIsCrossed(t *testing.T) {
	out := t.TempDir()
	args := []string{"audit", runDir(), "-o", out, "--cache", filepath.Join(demoDir, "cache"), "--samples", "100", "--pairs", "0"}
	_, stderr, code := dataprism(t, out, append(args, "--fail-on", "reconstruction.l1>0.001")...)
	if code != 3 || !strings.Contains(stderr, "reconstruction.l1") {
		t.Errorf("exit code %d, want 3; the message is %q", code, stderr)
	}
	for _, wrong := range [][]string{{"audit"}, {"audit", runDir(), "--samples", "3"}, {"audit", runDir(), "--fail-on", "what"}} {
		if _, stderr, code := dataprism(t, out, wrong...); code != exitUsage || len(strings.Split(strings.TrimSpace(stderr), "\n")) != 1 {
			t.Errorf("%v: exit code %d, %q", wrong, code, stderr)
		}
	}
}

func TestTypicalWritesSheetsAndRankings(t *testing.T) {
	out := t.TempDir()
	must(t, out, "typical", runDir(), "-o", "sheets", "--patches", "3", "--clusters", "2", "--columns", "6", "--cache", filepath.Join(demoDir, "cache"))
	for _, c := range []string{"photo", "oil", "anime"} {
		picture(t, filepath.Join(out, "sheets", "typical-"+c+".png"))
		text, err := os.ReadFile(filepath.Join(out, "sheets", "typical-"+c+".csv"))
		if err != nil || !bytes.HasPrefix(text, []byte("rank,file,log_odds,co_log_odds\n1,"+c+"/")) {
			t.Errorf("the ranking of %s begins with %.40q, %v", c, text, err)
		}
	}
	if _, _, code := dataprism(t, out, "typical", runDir(), "--of", "oil", "--against", "oil"); code != exitUsage {
		t.Errorf("a collection is compared with itself: exit code %d", code)
	}
}

func TestSweepTrainsOnCopiesAndMeasuresThem(t *testing.T) {
	dir := t.TempDir()
	args := []string{"sweep", "photo=" + filepath.Join(plainDir, "photo"), "--jpeg", "5", "--keep", "0.5", "--size", "32",
		"--validation", "0.3", "--steps", "6", "-o", "run", "--cache", "cache"}
	must(t, dir, args...)
	text, err := os.ReadFile(filepath.Join(dir, "run", "sweep.json"))
	if err != nil {
		t.Fatal(err)
	}
	var found audit.Sweep
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Levels) != 3 || found.Levels[1].Collection != "photo.jpeg5" || found.Levels[2].Collection != "photo.keep0.5" {
		t.Fatalf("the levels are %+v", found.Levels)
	}
	if r := found.Levels[1].Restoration; r == nil || r.Untouched.Value <= 0 || r.Untouched.N == 0 {
		t.Errorf("what JPEG at quality 5 changes is %+v", r)
	}
	if r := found.Levels[2].Restoration; r == nil || r.Untouched.Value != 0 {
		t.Errorf("images that are kept as they are change by %+v", r)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "run", "sweep.html")); err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("the page has no chart: %v", err)
	}
	for says, more := range map[string][]string{"quality": {"--jpeg", "0"}, "twice": {"--jpeg", "5,5"}, "one collection": {"oil=x"}} {
		if _, stderr, code := dataprism(t, dir, append(args, more...)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q", more, code, stderr)
		}
	}
}

func TestDriftSaysWhatChangedAndWhatToName(t *testing.T) {
	out := t.TempDir()
	cache := []string{"--cache", filepath.Join(demoDir, "cache")}
	// The paintings of the demo as if they were new photographs: what is labelled of them is counted.
	painted := filepath.Join(demoDir, portraitsDir, "oil")
	args := append([]string{"drift", runDir(), "new=" + painted, "--against", "photo", "-o", "drift", "--propose", "6"}, cache...)
	stdout, _ := must(t, out, args...)
	if !strings.Contains(stdout, "new is not like the held-out images of photo") {
		t.Errorf("of paintings it says %q", stdout)
	}
	var found audit.Drift
	text, err := os.ReadFile(filepath.Join(out, "drift", driftFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if found.Schema != audit.DriftSchema || len(found.Unnamed) == 0 || len(found.Proposed) != 6 || found.About.Run != "run" {
		t.Errorf("drift.json says %+v, %d unnamed, %d proposed", found.About, len(found.Unnamed), len(found.Proposed))
	}
	picture(t, filepath.Join(out, "drift", unnamedSheet))
	page, err := os.ReadFile(filepath.Join(out, "drift", reportFile))
	if err != nil || !bytes.Contains(page, []byte("Does new still look like photo?")) || bytes.Contains(page, []byte("NaN")) {
		t.Errorf("the page does not ask its question, %v", err)
	}
	// What a person has named from the sheet, as paths and as the sheet has them, is a context in the next call.
	list := found.Unnamed[0] + "\n# a note\n" + filepath.Join(painted, strings.TrimPrefix(found.Unnamed[1], "new/")) + "\n"
	if err := os.WriteFile(filepath.Join(out, "list.txt"), []byte(list), 0o666); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := dataprism(t, out, append(args, "--context", "night=list.txt", "--fail-on", "shift.c2st>0.5")...)
	if code != exitLimit || !strings.Contains(stderr, "shift.c2st") {
		t.Errorf("exit code %d, want %d; the message is %q", code, exitLimit, stderr)
	}
	if text, err = os.ReadFile(filepath.Join(out, "drift", driftFile)); err != nil || !bytes.Contains(text, []byte("contexts.night")) {
		t.Errorf("two images are too few to learn night from, which is not said: %v", err)
	}
	for says, wrong := range map[string][]string{
		"run and a new folder": {"drift", runDir()},
		"NAME=PATH":            {"drift", runDir(), painted},
		"no collection":        {"drift", runDir(), "new=" + painted, "--against", "nobody"},
		"--context":            {"drift", runDir(), "new=" + painted, "--context", "night"},
		"--propose":            {"drift", runDir(), "new=" + painted, "--propose", "-1"},
	} {
		if _, stderr, code := dataprism(t, out, append(wrong, cache...)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q", wrong, code, stderr)
		}
	}
	for says, wrong := range map[string][]string{
		"is the name of a collection": {"drift", runDir(), "oil=" + painted},
		"is no file":                  {"drift", runDir(), "new=" + painted, "--context", "night=" + os.DevNull},
		"no such file":                {"drift", runDir(), "new=" + painted, "--context", "night=nowhere.txt"},
	} {
		if _, stderr, code := dataprism(t, out, append(wrong, cache...)...); code != exitFailed || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q", wrong, code, stderr)
		}
	}
}

func TestAuditTakesNetworksOfTheUsers(t *testing.T) {
	out := t.TempDir()
	must(t, out, "export", runDir(), "-o", "networks")
	encoder := filepath.Join(out, "networks", "encoder.onnx")
	args := []string{"audit", runDir(), "-o", out, "--cache", filepath.Join(demoDir, "cache"), "--samples", "100", "--pairs", "0", "--network-scale", "signed"}
	must(t, out, append(args, "--parquet", "--features", encoder, "--classifier", "glasses:no,yes="+encoder)...)
	if table, err := os.ReadFile(filepath.Join(out, tableFile)); err != nil || !bytes.HasPrefix(table, []byte("PAR1")) || !bytes.HasSuffix(table, []byte("PAR1")) {
		t.Errorf("the table is no Parquet file: %v", err)
	}
	read := func(path string) (a audit.Audit) {
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	found, own := read(filepath.Join(out, auditFile)), read(filepath.Join(runDir(), run.AuditDir, auditFile))
	if !strings.HasPrefix(found.Features, "encoder.onnx (32x32") || found.About.Inputs["features encoder.onnx"] == "" || found.About.Inputs["classifier glasses"] == "" {
		t.Errorf("the features are %q, the inputs %v", found.Features, found.About.Inputs)
	}
	// The run's own encoder, as a network of the user's, measures what it measures itself.
	a, b := found.Generation["oil"].Halves.KID, own.Generation["oil"].Halves.KID
	if d := a.Value - b.Value; d > 1e-4 || d < -1e-4 {
		t.Errorf("KID is %v by the exported encoder, %v by the encoder", a, b)
	}
	// It has more values than glasses have: that is said, and no share is claimed.
	if len(found.Attributes["glasses"]) > 0 {
		t.Errorf("glasses were judged by an encoder: %+v", found.Attributes["glasses"])
	}
	broken := filepath.Join(out, "broken.onnx")
	if err := os.WriteFile(broken, []byte("no model"), 0o666); err != nil {
		t.Fatal(err)
	}
	for says, wrong := range map[string][]string{
		"broken.onnx":           {"--features", broken},
		"no output \"nowhere\"": {"--features", encoder, "--features-output", "nowhere"},
		"is no file":            {"--classifier", "glasses=" + out},
	} {
		if _, stderr, code := dataprism(t, out, append(args, wrong...)...); code != exitFailed || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q", wrong, code, stderr)
		}
	}
	for _, wrong := range [][]string{{"--network-scale", "loud"}, {"--classifier", "glasses"}} {
		if _, stderr, code := dataprism(t, out, append(args, wrong...)...); code != exitUsage {
			t.Errorf("%v: exit code %d, %q", wrong, code, stderr)
		}
	}
}

func TestAuditTakesInceptionByItsWeights(t *testing.T) {
	out, file := t.TempDir(), fixture.Inception(t)
	args := []string{"audit", runDir(), "-o", out, "--cache", filepath.Join(demoDir, "cache"), "--samples", "100", "--pairs", "0"}
	for _, test := range []struct {
		flags []string
		code  int
		says  string
	}{
		{[]string{"--features", file, "--features-output", "x"}, exitUsage, "--features-output is for ONNX networks"},
		{[]string{"--features", file, "--network-scale", "unit"}, exitUsage, "--network-scale is for ONNX networks"},
		{[]string{"--features", filepath.Join(runDir(), "model.safetensors")}, exitFailed, "those of Inception v3 can be read"},
	} {
		if _, stderr, code := dataprism(t, out, append(args, test.flags...)...); code != test.code || !strings.Contains(stderr, test.says) {
			t.Errorf("%v: exit code %d, %q", test.flags, code, stderr)
		}
	}
	if testing.Short() {
		t.Skip("Inception describes hundreds of images")
	}
	must(t, out, append(args, "--features", file)...)
	text, err := os.ReadFile(filepath.Join(out, auditFile))
	if err != nil {
		t.Fatal(err)
	}
	var found audit.Audit
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if found.Features != "Inception v3, pool3 (inception.safetensors)" || found.About.Inputs["features inception.safetensors"] == "" {
		t.Errorf("the features are %q, the inputs %v", found.Features, found.About.Inputs)
	}
	if g := found.Generation["oil"]; g.Samples == nil || g.Samples.KID.N == 0 || g.Samples.Made != 100 {
		t.Errorf("samples of oil are compared by %+v", g.Samples)
	}
}

func TestSentencesOfOneKindDoNotCrowdOutOthers(t *testing.T) {
	var findings []audit.Finding
	for i := range 10 {
		findings = append(findings, audit.Finding{Kind: "projection", Sentence: fmt.Sprintf("projection %d", i)})
	}
	findings = append(findings, audit.Finding{Kind: "leakage", Sentence: "it leaks"})
	var out strings.Builder
	printSentences(&out, findings, []string{"one seed"})
	for _, want := range []string{"- projection 5\n", "- it leaks\n", "- and 4 more like these", "- one seed\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "projection 6") {
		t.Errorf("more than %d of a kind are printed:\n%s", mostOfAKind, out.String())
	}
}
