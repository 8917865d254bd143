package studio

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
)

// step is one step of training.
type step struct {
	Number int `json:"number"` // of all steps of the run, from 0
	train.Event
	Left float64 `json:"left"` // seconds of the phase that are left, about
}

// metrics are the steps of a run so far, read as they are written.
type metrics struct {
	mu    sync.Mutex
	file  fs.FileInfo
	at    int64 // bytes read
	steps []step
}

// update reads what has been written since. A log that is another file than before, as after a resumption, is read anew.
func (m *metrics) update(r *liveRun) ([]step, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, info, err := r.file(train.MetricsFile)
	if errors.Is(err, fs.ErrNotExist) {
		m.file, m.at, m.steps = nil, 0, nil
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	if m.file == nil || !os.SameFile(m.file, info) || info.Size() < m.at {
		m.at, m.steps = 0, nil
	}
	m.file = info
	if _, err := f.Seek(m.at, io.SeekStart); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil { // the last line is being written, or is no line
			break
		}
		m.at += int64(len(line))
		e := step{Number: len(m.steps)}
		if json.Unmarshal(line, &e.Event) != nil {
			continue
		}
		if p := e.Progress; p > 0 && p < 1 {
			e.Left = math.Min(e.Elapsed*(1-p)/p, 1e7)
		}
		m.steps = append(m.steps, e)
	}
	return m.steps, nil
}

const mostPoints = 2000

// showMetrics answers with the steps from a number on, evenly thinned where there are many.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	since, err := number(r.URL.Query().Get("since"), 0, 0, math.MaxInt32)
	if err != nil {
		return wrong("since %v", err)
	}
	most, err := number(r.URL.Query().Get("most"), mostPoints, 2, mostPoints)
	if err != nil {
		return wrong("most %v", err)
	}
	steps, err := live.metrics.update(live)
	if err != nil {
		return conflict("the log of %s cannot be read: %v", live.id, err)
	}
	next := len(steps)
	steps = steps[min(since, next):]
	shown := []step{}
	n := min(len(steps), most)
	for i := range n {
		shown = append(shown, steps[(i+1)*len(steps)/n-1]) // the last one always
	}
	return answer(w, http.StatusOK, map[string]any{"steps": shown, "next": next})
}

// grid is a picture that was drawn while a run trained.
type grid struct {
	Name  string `json:"name"`
	Phase string `json:"phase"`
	Step  int    `json:"step"`
	Kind  string `json:"kind"` // reconstructions, projections or samples
	URL   string `json:"url"`
}

var gridName = regexp.MustCompile(`^(autoencoder|decoder|flow)-([0-9]{6,9})-([a-z]+)\.png$`)

// grids are the pictures of a run, in the order in which they were drawn.
func (r *liveRun) grids() []grid {
	entries, err := os.ReadDir(filepath.Join(r.dir, run.SamplesDir))
	if err != nil {
		return []grid{}
	}
	list := []grid{}
	for _, e := range entries {
		parts := gridName.FindStringSubmatch(e.Name())
		if parts == nil {
			continue
		}
		number, _ := strconv.Atoi(parts[2])
		list = append(list, grid{e.Name(), parts[1], number, parts[3], fmt.Sprintf("/api/runs/%s/grids/%s", pathEscape(r.id), e.Name())})
	}
	order := func(phase string) int {
		return slices.Index([]string{train.AutoencoderPhase, train.DecoderPhase, train.FlowPhase}, phase)
	}
	slices.SortStableFunc(list, func(a, b grid) int {
		if a.Phase != b.Phase {
			return order(a.Phase) - order(b.Phase)
		}
		return a.Step - b.Step
	})
	return list
}

func (s *Server) listGrids(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"grids": live.grids()})
}

// showGrid answers with a picture that was drawn while the run trained.
func (s *Server) showGrid(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	name := r.PathValue("grid")
	if !gridName.MatchString(name) {
		return missing("there is no grid %q", name)
	}
	f, info, err := live.file(run.SamplesDir, name)
	if err != nil {
		return missing("there is no grid %q", name)
	}
	defer f.Close()
	w.Header().Set("Cache-Control", "private, max-age=60")
	copyFile(w, "image/png", f, info)
	return nil
}
