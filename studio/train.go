package studio

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/run"
)

// argumentsFile keeps the command line of a training until the run has its own configuration.
const argumentsFile = "arguments.json"

const (
	mostCollections = 32
	mostMinutes     = 7 * 24 * 60
)

// newRun is a training that is asked for.
type newRun struct {
	Name        string `json:"name"`
	Collections []struct {
		Name string `json:"name"`
		Path string `json:"path"`
	} `json:"collections"`
	Size    int     `json:"size"`
	Minutes float64 `json:"minutes"`
	Gray    bool    `json:"gray"`
}

// arguments are those of dataprism train, for a run in dir.
func (n newRun) arguments(s *Server, dir string) ([]string, error) {
	if len(n.Collections) < 2 || len(n.Collections) > mostCollections {
		return nil, wrong("%d collections are named, but a run needs from 2 to %d", len(n.Collections), mostCollections)
	}
	if n.Size != 32 && n.Size != 48 && n.Size != 64 && n.Size != 96 && n.Size != 128 {
		return nil, wrong("size is %d, but must be 32, 48, 64, 96 or 128", n.Size)
	}
	if !(n.Minutes > 0 && n.Minutes <= mostMinutes) {
		return nil, wrong("minutes is %g, but must be above 0 and at most %d", n.Minutes, mostMinutes)
	}
	args := []string{"train"}
	var names []string
	for _, c := range n.Collections {
		path, err := s.folder(c.Path)
		if err != nil {
			return nil, err
		}
		if err := s.checkLinks(path); err != nil {
			return nil, err
		}
		names = append(names, c.Name)
		args = append(args, c.Name+"="+path)
	}
	if err := collection.CheckNames(names); err != nil {
		return nil, wrong("%v", err)
	}
	args = append(args, "-o", dir, "--preview-every", previewsOf(n.Minutes), "--size", strconv.Itoa(n.Size), "--time", fmt.Sprintf("%.0fs", max(1, 60*n.Minutes)))
	if n.Gray {
		args = append(args, "--gray")
	}
	return append(args, s.cacheFlag()...), nil
}

// previewsOf is how often pictures are drawn in a training of so many minutes: some twenty times.
func previewsOf(minutes float64) string {
	return time.Duration(max(10, min(120, 3*minutes)) * float64(time.Second)).Round(time.Second).String()
}

func (s *Server) cacheFlag() []string {
	if s.Cache == "" {
		return nil
	}
	return []string{"--cache", s.Cache}
}

// startRun starts the training of a new run.
func (s *Server) startRun(w http.ResponseWriter, r *http.Request) error {
	var ask newRun
	if err := read(w, r, &ask); err != nil {
		return err
	}
	if s.Home == "" || len(s.Roots) == 0 {
		return refused("this server trains nothing: start it with dataprism serve --root and a folder of images")
	}
	if err := checkName(ask.Name); err != nil {
		return err
	}
	home, err := filepath.Abs(s.Home)
	if err != nil {
		return err
	}
	dir := filepath.Join(home, ask.Name)
	if _, err := os.Lstat(dir); err == nil {
		return conflict("there is a folder %s already: choose another name", dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return conflict("%v", err)
	}
	args, err := ask.arguments(s, dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return conflict("%v", err)
	}
	live := s.add(dir)
	if err := live.keep(s, argumentsFile, args); err != nil {
		return err
	}
	if err := s.launch(live, training, args...); err != nil {
		return err
	}
	return answer(w, http.StatusCreated, s.describe(live))
}

// stopRun asks what works on a run to end.
func (s *Server) stopRun(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	live.mu.Lock()
	c := live.child
	live.mu.Unlock()
	if c.alive() {
		if err := c.stop(); err != nil {
			return conflict("%s could not be stopped: %v", live.id, err)
		}
		return answer(w, http.StatusAccepted, s.describe(live))
	}
	if process, busy := run.Busy(live.dir); busy && process == os.Getpid() {
		return conflict("%s is being trained by the program that serves it: stop that", live.id)
	}
	stopped, err := run.Stop(live.dir)
	if err != nil {
		return conflict("%s could not be stopped: %v", live.id, err)
	}
	if !stopped {
		return conflict("%s is not being trained", live.id)
	}
	return answer(w, http.StatusAccepted, s.describe(live))
}

// resumeRun continues a training.
func (s *Server) resumeRun(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	args := append([]string{"train", "--resume", "-o", live.dir}, s.cacheFlag()...)
	c, err := run.ReadConfig(live.dir)
	none := new(run.NoRunError)
	switch {
	case errors.As(err, &none):
		// It was ended before its images were read.
		if !live.remembered(argumentsFile, &args) {
			return conflict("%v", err)
		}
		args = append(args, "--resume")
	case err != nil:
		return conflict("%v", err)
	case c.Training == nil:
		return conflict("%s holds a model that was imported: it has no training to continue", live.id)
	}
	if live.state() == stateTrained {
		return conflict("%s is trained: nothing is left to do", live.id)
	}
	if err := s.launch(live, training, args...); err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, s.describe(live))
}

// startAudit starts the audit of a run.
func (s *Server) startAudit(w http.ResponseWriter, r *http.Request) error {
	live, _, _, err := s.opened(r)
	if err != nil {
		return err
	}
	if err := s.launch(live, auditing, append([]string{"audit", live.dir}, s.cacheFlag()...)...); err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, s.describe(live))
}
