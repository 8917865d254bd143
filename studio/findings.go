package studio

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/run"
)

// Files of an audit, and how many images illustrate a finding.
const (
	auditFile  = "audit.json"
	reportFile = "report.html"
	mostShown  = 24
)

// findingInfo is a finding with images to look at.
type findingInfo struct {
	audit.Finding
	Images []string `json:"images"`
}

// showFindings answers with what the audit of a run found.
func (s *Server) showFindings(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	file, _, err := live.file(run.AuditDir, auditFile)
	if errors.Is(err, fs.ErrNotExist) {
		return missing("%s has not been audited: run dataprism audit %s, or start it here", live.id, live.dir)
	} else if err != nil {
		return err
	}
	defer file.Close()
	var a audit.Audit
	if err := json.NewDecoder(file).Decode(&a); err != nil {
		return conflict("%s cannot be read: audit the run again", auditFile)
	}
	e, err := live.explored.wait(r.Context(), s)
	if err != nil {
		return err
	}
	set, err := live.images.wait(r.Context(), s)
	if err != nil {
		return err
	}
	found := []findingInfo{}
	for _, f := range a.Findings {
		found = append(found, findingInfo{f, e.illustrate(set, f)})
	}
	sum, _ := run.Digest(filepath.Join(live.dir, run.WeightsFile))
	return answer(w, http.StatusOK, map[string]any{
		"findings": found, "limits": a.Limits, "about": a.About, "skipped": a.Skipped,
		"stale": a.About.Inputs[run.WeightsFile] != sum, // the model has been trained on since
	})
}

// illustrate are held-out images that a finding is about: of its collections and with its attribute, where it has one.
// They are the most typical ones where the finding is about those, and spread over all where it is not.
func (e *explored) illustrate(set *images, f audit.Finding) []string {
	name, value, _ := strings.Cut(f.Attribute, "=")
	const and = " & "
	names, values := strings.Split(name, and), strings.Split(value, and)
	var found []int
	for i, c := range e.Collection {
		if len(f.Collections) > 0 && !slices.Contains(f.Collections, set.Collections[c].Name) {
			continue
		}
		at, err := set.find(e.Images[i])
		if err != nil {
			continue
		}
		fits := f.Attribute == "" || len(names) == len(values)
		for k := range names {
			if label, _ := set.Collections[c].Label(at.row, names[k]); f.Attribute != "" && fits {
				fits = label == values[k]
			}
		}
		if fits {
			found = append(found, i)
		}
	}
	if f.Kind == audit.KindTypicality {
		slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(e.Typicality[b], e.Typicality[a]) })
		found = found[:min(len(found), mostShown)]
	}
	shown := []string{}
	for k := range min(len(found), mostShown) {
		shown = append(shown, e.Images[found[k*len(found)/min(len(found), mostShown)]])
	}
	return shown
}

// reportPolicy lets the page of an audit use the styles and the pictures that are written into it, and nothing else.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; sandbox allow-popups"

// showReport answers with the page of an audit.
func (s *Server) showReport(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	file, info, err := live.file(run.AuditDir, reportFile)
	if errors.Is(err, fs.ErrNotExist) {
		return missing("%s has no report: run dataprism audit %s, or start it here", live.id, live.dir)
	} else if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Content-Security-Policy", reportPolicy)
	w.Header().Set("Cache-Control", "no-cache")
	copyFile(w, mediaTypes[".html"], file, info)
	return nil
}

// showEvaluation answers with the numbers of a run on held-out images, as training has written them.
func (s *Server) showEvaluation(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	file, info, err := live.file(run.EvaluationFile)
	if err != nil {
		return missing("%s has not been measured: its training has not come to its end", live.id)
	}
	defer file.Close()
	w.Header().Set("Cache-Control", "no-cache")
	copyFile(w, mediaTypes[".json"], file, info)
	return nil
}
