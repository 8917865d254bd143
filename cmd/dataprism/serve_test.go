package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/run"
)

// served is a studio that the binary serves.
type served struct {
	*testing.T
	cmd     *exec.Cmd
	address string
}

func serving(t *testing.T, args ...string) served {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"serve", "--no-browser", "--address", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return served{t, cmd, strings.TrimSuffix(strings.TrimSpace(line), "/")}
}

// ask returns the status of an answer and reads its JSON.
func (s served) ask(method, path, body string, into any) int {
	s.Helper()
	r, err := http.NewRequest(method, s.address+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		s.Fatal(err)
	}
	return answer.StatusCode
}

// until waits for the training of a run to be in a state.
func (s served) until(id, state string) {
	s.Helper()
	var list struct {
		Runs []struct{ ID, State, Problem string }
	}
	for range 600 {
		s.ask("GET", "/api/runs", "", &list)
		for _, r := range list.Runs {
			if r.ID == id && r.State == state {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.Fatalf("%s is never %s: %+v", id, state, list.Runs)
}

func TestATrainingOutlivesTheServerThatStartedItAndIsResumedByTheNext(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be asked to end there")
	}
	home, pictures := t.TempDir(), filepath.Join(demoDir, "portraits")
	args := []string{runDir(), "--root", pictures, "--new", home, "--cache", filepath.Join(home, "cache")}
	s := serving(t, args...)
	body, err := json.Marshal(map[string]any{"name": "new", "size": 32, "minutes": 10, "collections": []map[string]string{
		{"name": "a", "path": filepath.Join(pictures, "oil")}, {"name": "b", "path": filepath.Join(pictures, "photo")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if status := s.ask("POST", "/api/runs", string(body), &answer); status != http.StatusCreated {
		t.Fatalf("a training is answered with %d %v", status, answer)
	}
	dir := filepath.Join(home, "new")
	defer run.Stop(dir)
	var log struct{ Steps []struct{ Loss float64 } }
	for range 300 {
		if s.ask("GET", "/api/runs/new/metrics", "", &log); len(log.Steps) > 2 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(log.Steps) < 3 {
		t.Fatal("the training does not begin")
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s = serving(t, args...)
	s.until("new", "training")
	if status := s.ask("POST", "/api/runs/new/stop", "", &answer); status != http.StatusAccepted {
		t.Errorf("stopping it is answered with %d %v", status, answer)
	}
	s.until("new", "unfinished")
	// What is left is done in a second, from where it was.
	path := filepath.Join(dir, run.ConfigFile)
	config, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, bytes.Replace(config, []byte("time: 10m0s"), []byte("time: 1s"), 1), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if status := s.ask("POST", "/api/runs/new/resume", "", &answer); status != http.StatusAccepted {
		t.Errorf("resuming it is answered with %d %v", status, answer)
	}
	s.until("new", "trained")
	if s.ask("GET", "/api/runs/new/metrics", "", &log); len(log.Steps) < 3 {
		t.Errorf("%d steps are left of the training", len(log.Steps))
	}
}

func TestServeRefusesWhatCannotBeServed(t *testing.T) {
	empty := t.TempDir()
	short := filepath.Join(empty, "token")
	if err := os.WriteFile(short, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, args := range map[string][]string{
		"name a run":     {},
		"HOST:PORT":      {runDir(), "--address", "8501"},
		"config.yaml":    {empty, "--address", "127.0.0.1:0"},
		"16 to 256":      {runDir(), "--token-file", short, "--address", "127.0.0.1:0"},
		"cannot be read": {runDir(), "--root", filepath.Join(empty, "none"), "--address", "127.0.0.1:0"},
	} {
		_, said, code := dataprism(t, empty, append([]string{"serve", "--no-browser"}, args...)...)
		if want := map[bool]int{true: 2, false: 1}[says == "name a run" || says == "HOST:PORT"]; code != want || !strings.Contains(said, says) {
			t.Errorf("serve %v: %d %q, want %d and %q", args, code, said, want, says)
		}
	}
}

func TestServeAsksForATokenWhereOthersCanReachIt(t *testing.T) {
	cmd := exec.Command(binary, "serve", "--no-browser", "--address", "0.0.0.0:0", runDir())
	var said bytes.Buffer
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, token, found := strings.Cut(strings.TrimSpace(line), "/?token=")
	if !found || len(token) < 16 {
		t.Errorf("it says %q", line)
	}
	address = strings.Replace(address, "[::]", "127.0.0.1", 1)
	for _, test := range []struct {
		token  string
		status int
	}{{token, 200}, {"wrong", 401}} {
		r, err := http.NewRequest("GET", address+"/api/runs", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+test.token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("with the token %q: %d", test.token, answer.StatusCode)
		}
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); runtime.GOOS != "windows" && code != exitStopped {
		t.Errorf("when it is stopped it exits with %d", code)
	}
	if strings.Contains(said.String(), token) {
		t.Errorf("the token is logged: %s", said.String())
	}
}
