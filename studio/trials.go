package studio

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
)

const (
	trialsDir = "trials"
	trialFile = "trial.json"
	mostTrial = 16 << 20 // bytes of one file
)

// trial is a trial as it was written.
type trial struct {
	Name  string          `json:"name"`
	Trial json.RawMessage `json:"trial"`
}

// listTrials answers with the trials of a run.
func (s *Server) listTrials(w http.ResponseWriter, r *http.Request) error {
	live, err := s.run(r)
	if err != nil {
		return err
	}
	list := []trial{}
	entries, _ := os.ReadDir(filepath.Join(live.dir, trialsDir)) // there may be none
	for _, e := range entries {
		f, info, err := live.file(trialsDir, e.Name(), trialFile)
		if err != nil {
			continue
		}
		t := trial{Name: e.Name()}
		if info.Size() <= mostTrial && json.NewDecoder(f).Decode(&t.Trial) == nil {
			list = append(list, t)
		}
		f.Close()
	}
	return answer(w, http.StatusOK, map[string]any{"trials": list})
}
