package studio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
)

// The states of a run.
const (
	stateTrained    = "trained"
	stateTraining   = "training"
	stateUnfinished = "unfinished"
)

// ownDir is the folder of a run that the studio writes to.
const ownDir = "studio"

// liveRun is a run that the studio shows, of which it opens what is asked for.
type liveRun struct {
	id, dir string

	mu      sync.Mutex
	child   *child
	model   *model
	weights time.Time // when the weights of the model were written

	images   task[*images]
	explored task[*explored]
	placed   atomic.Pointer[explored] // some of the images, while the others are being mapped
	patches  task[*patches]
	copies   task[*duplicates]
	faces    task[faces]
	metrics  metrics
}

// model is the trained prism of a run.
type model struct {
	*prism.Prism
	config  run.Config
	options collection.Options
}

// find lists the runs that were named, and those that the studio has made in its folder of new runs.
func (s *Server) find() error {
	if err := s.findNamed(); err != nil || s.Home == "" {
		return err
	}
	home, err := filepath.Abs(s.Home)
	if err != nil {
		return err
	}
	made, err := filepath.Glob(filepath.Join(home, "*", ownDir, logFile(training)))
	for _, log := range made {
		s.add(filepath.Dir(filepath.Dir(log)))
	}
	return err
}

func (s *Server) findNamed() error {
	for _, named := range s.Runs {
		dir, err := filepath.Abs(named)
		if err != nil {
			return err
		}
		if isRun(dir) {
			s.add(dir)
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		found := 0
		for _, e := range entries {
			if within := filepath.Join(dir, e.Name()); isRun(within) {
				s.add(within)
				found++
			}
		}
		if found == 0 && named != s.Home {
			return &run.NoRunError{Dir: named, Reason: "neither it nor a folder in it has a " + run.ConfigFile}
		}
	}
	return nil
}

// Follow shows the run in a folder, which may have to be begun yet.
func (s *Server) Follow(dir string) error {
	dir, err := filepath.Abs(dir)
	if err == nil {
		s.add(dir)
	}
	return err
}

func isRun(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, run.ConfigFile))
	return err == nil && info.Mode().IsRegular()
}

// add shows the run in a folder, under the folder's name or, where that is taken, with a number behind it.
func (s *Server) add(dir string) *liveRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		if r.dir == dir {
			return r
		}
	}
	name := filepath.Base(dir)
	id := name
	for n := 2; slices.ContainsFunc(s.runs, func(r *liveRun) bool { return r.id == id }); n++ {
		id = fmt.Sprintf("%s-%d", name, n)
	}
	r := &liveRun{id: id, dir: dir}
	r.images = task[*images]{what: "the images are being read", do: r.readImages(s)}
	r.explored = task[*explored]{what: "held-out images are being mapped", do: r.explore(s)}
	r.patches = task[*patches]{what: "patches are being exchanged", do: r.findPatches(s)}
	r.copies = task[*duplicates]{what: "copies are being looked for", do: r.findDuplicates(s)}
	r.faces = task[faces]{what: "faces are being looked for", do: r.lookForFaces(s)}
	s.runs = append(s.runs, r)
	return r
}

// all are the runs, in the order in which they were named.
func (s *Server) all() []*liveRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runs)
}

// run is the run that a request is about.
func (s *Server) run(r *http.Request) (*liveRun, error) {
	id := r.PathValue("run")
	var ids []string
	for _, r := range s.all() {
		if r.id == id {
			return r, nil
		}
		ids = append(ids, r.id)
	}
	return nil, missing("there is no run %q here; there are: %s", id, strings.Join(ids, ", "))
}

// state says how far the training of a run is. One that has been measured is trained, whatever is done with it.
func (r *liveRun) state() string {
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(r.dir, name))
		return err == nil
	}
	switch {
	case there(run.WeightsFile) && there(run.EvaluationFile):
		return stateTrained
	case r.isBusy():
		return stateTraining
	case there(run.WeightsFile):
		return stateTrained
	}
	return stateUnfinished
}

// open returns the run's model, which it reads anew where it has been written since.
func (r *liveRun) open(s *Server) (*model, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	info, err := os.Stat(filepath.Join(r.dir, run.WeightsFile))
	if err != nil {
		return nil, conflict("%s has not been trained to its end: resume it on the page Train", r.id)
	}
	if r.model != nil && info.ModTime().Equal(r.weights) {
		return r.model, nil
	}
	p, c, err := run.Open(s.backend, r.dir)
	if err != nil {
		return nil, conflict("%v", err)
	}
	if err := p.Complete(); err != nil {
		return nil, conflict("%v", err)
	}
	options, err := c.Images()
	if err != nil {
		return nil, conflict("%v", err)
	}
	if r.model != nil {
		r.explored.forget()
		r.patches.forget()
	}
	r.model, r.weights = &model{p, c, options}, info.ModTime()
	return r.model, nil
}

// opened are the run and the model that a request is about, with one who asks the model for it.
func (s *Server) opened(r *http.Request) (*liveRun, *model, asker, error) {
	live, err := s.run(r)
	if err != nil {
		return nil, nil, asker{}, err
	}
	m, err := live.open(s)
	if err != nil {
		return live, nil, asker{}, err
	}
	return live, m, asker{m.Prism, s.queue, r.Context()}, nil
}

func (r *liveRun) close() error {
	if set, done, _, _ := r.images.now(); done {
		return set.Close()
	}
	return nil
}

// runInfo is what a list of runs says of one.
type runInfo struct {
	ID          string           `json:"id"`
	State       string           `json:"state"`
	Collections []collectionInfo `json:"collections"`
	Size        int              `json:"size"`
	Channels    int              `json:"channels"`
	Latent      int              `json:"latent"`
	Faces       bool             `json:"faces"`
	Ready       bool             `json:"ready"` // whether the images have been read
	Audited     bool             `json:"audited"`
	Doing       string           `json:"doing"` // training, auditing or nothing
	Problem     string           `json:"problem,omitempty"`
}

// collectionInfo describes a collection. What is not known before its images are read is 0.
type collectionInfo struct {
	Name    string              `json:"name"`
	Images  int                 `json:"images"`
	HeldOut int                 `json:"heldOut"`
	Labels  map[string][]string `json:"labels"`
}

func (s *Server) listRuns(w http.ResponseWriter, _ *http.Request) error {
	list := []runInfo{}
	for _, r := range s.all() {
		list = append(list, s.describe(r))
	}
	return answer(w, http.StatusOK, map[string]any{"runs": list})
}

func (s *Server) describe(r *liveRun) runInfo {
	info := runInfo{ID: r.id, State: r.state(), Doing: r.doing(), Collections: []collectionInfo{}}
	if audited, _, err := r.file(run.AuditDir, auditFile); err == nil {
		info.Audited = true
		audited.Close()
	}
	c, err := run.ReadConfig(r.dir)
	if info.Problem = r.failure(); info.Problem == "" && err != nil && info.State != stateTraining {
		info.Problem = err.Error()
	}
	info.Size, info.Channels = c.Model.Size()
	info.Latent = c.Model.Dim()
	for _, name := range c.Model.Collections {
		info.Collections = append(info.Collections, collectionInfo{Name: name, Labels: map[string][]string{}})
	}
	if err != nil || info.State != stateTrained {
		return info
	}
	if m, err := r.open(s); err != nil {
		info.Problem = err.Error()
		return info
	} else {
		info.Latent = m.Dim()
	}
	set, done, _, err := r.images.now()
	if err != nil {
		info.Problem = err.Error()
		return info
	}
	if !done {
		r.images.begin(s)
		return info
	}
	r.faces.begin(s)
	where, _, _, _ := r.faces.now()
	info.Faces = where.Side > 0
	info.Ready, info.Collections, info.Problem = true, set.describe(), cmp.Or(info.Problem, set.moved)
	return info
}

// readImages opens the collections of the run.
func (r *liveRun) readImages(s *Server) func(context.Context, func(string, ...any)) (*images, error) {
	return func(ctx context.Context, say func(string, ...any)) (*images, error) {
		m, err := r.open(s)
		if err != nil {
			return nil, err
		}
		o := m.options
		o.CacheDir = s.Cache
		o.Progress = func(p collection.Progress) { say("%d of %d %s of %s", p.Done, p.Total, p.Unit, p.Collection) }
		d, err := run.OpenData(ctx, m.config, o)
		if err != nil {
			return nil, conflict("the images of this run cannot be read: %v", err)
		}
		set := newImages(d)
		var moved *run.ImagesError
		if err := m.config.SameImages(r.dir, d); errors.As(err, &moved) {
			set.moved = moved.Error() + ": what is called held out here may have been trained on"
		}
		return set, nil
	}
}
