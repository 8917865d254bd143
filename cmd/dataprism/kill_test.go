package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

// output collects what a process prints, while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a command under way.
type process struct {
	cmd   *exec.Cmd
	said  output // on stderr
	ended chan struct{}
}

func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr = dir, &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// until waits for a moment of the process, and ends the test where it ends before.
func (p *process) until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for !reached() {
		select {
		case <-p.ended:
			if reached() {
				return
			}
			t.Fatalf("it ended before %s: %s", what, p.said.String())
		case <-time.After(time.Millisecond):
		}
	}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
}

// copies copies n portraits of a style, without their labels, which would only take time to measure.
func copies(t *testing.T, style, dir string, n int) {
	t.Helper()
	if err := copyPortraits(style, dir, n); err != nil {
		t.Fatal(err)
	}
}

// One run is killed at one moment after the other, and each time the same command with --resume goes on.
func TestRunThatIsKilledAtAnyMomentEndsAsOneThatIsNot(t *testing.T) {
	dir := t.TempDir()
	copies(t, "photo", filepath.Join(dir, "photo"), 40)
	copies(t, "oil", filepath.Join(dir, "oil"), 40)
	args := func(name string) []string {
		return []string{"train", "photo=photo", "oil=oil", "-o", name, "--size", "32", "--latent", "8", "--flow-blocks", "2", "--flow-hidden", "16",
			"--steps", "24", "--validation", "0.25", "--cache", "cache-" + name}
	}
	must(t, dir, args("whole")...)

	folder := filepath.Join(dir, "killed")
	has := func(pattern string) func() bool {
		return func() bool {
			found, err := filepath.Glob(filepath.Join(folder, pattern))
			return err == nil && len(found) > 0
		}
	}
	resumed := append(args("killed"), "--resume")
	var p *process
	says := func(text string) func() bool {
		return func() bool { return strings.Contains(p.said.String(), text) }
	}
	for _, moment := range []struct {
		name    string
		reached func() bool
	}{
		{"reading", says("photo: ")},
		{"before config.yaml", says("held out")},
		{"in the first minute", says("autoencoder")},
		{"between the first phases", has(filepath.Join("checkpoints", "1-*.safetensors"))},
		{"between the last phases", has(filepath.Join("checkpoints", "2-*.safetensors"))},
		{"writing the model", func() bool { return has(".model.safetensors.*.tmp")() || has(run.WeightsFile)() }},
		{"measuring", says("measuring on")},
	} {
		p = start(t, dir, resumed...)
		p.until(t, moment.name, moment.reached)
		if moment.name == "in the first minute" {
			if _, stderr, code := dataprism(t, dir, resumed...); code != exitFailed || !strings.Contains(stderr, fmt.Sprintf("(%d)", p.cmd.Process.Pid)) {
				t.Errorf("a second process: exit code %d, %s", code, stderr)
			}
		}
		p.kill(t)
		if moment.name == "writing the model" { // which may be too short to be met
			half := filepath.Join(folder, ".model.safetensors.0123456789abcdef.tmp")
			if err := os.WriteFile(half, []byte("half of it"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	must(t, dir, resumed...)
	for _, name := range []string{run.WeightsFile, run.EvaluationFile} {
		if read(t, filepath.Join(folder, name)) != read(t, filepath.Join(dir, "whole", name)) {
			t.Errorf("%s differs from that of an undisturbed run", name)
		}
	}
	for _, folder := range []string{folder, filepath.Join(folder, "checkpoints"), filepath.Join(folder, run.SamplesDir)} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") && runtime.GOOS != "windows" {
				t.Errorf("%s is left in %s", e.Name(), folder)
			}
		}
	}
	if _, stderr := must(t, dir, resumed...); !strings.Contains(stderr, "finished") {
		t.Errorf("resumed once more, it says %q", stderr)
	}
}

// deafVariable makes the test's own binary a command that does not listen to being stopped.
const deafVariable = "DATAPRISM_TEST_DEAF"

func deaf() *cobra.Command {
	return &cobra.Command{RunE: func(cmd *cobra.Command, _ []string) error {
		fmt.Fprintln(cmd.ErrOrStderr(), "started")
		<-cmd.Context().Done()
		fmt.Fprintln(cmd.ErrOrStderr(), "stopping")
		select {}
	}}
}

func TestSecondInterruptEndsTheProgramAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted from another one")
	}
	p := &process{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), deafVariable+"=1")
	p.cmd.Stderr = &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	defer p.cmd.Process.Kill()
	for _, said := range []string{"started", "stopping"} {
		p.until(t, said, func() bool { return strings.Contains(p.said.String(), said) })
		if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	<-p.ended
	if p.cmd.ProcessState.Success() {
		t.Error("it ends as if it were done")
	}
}

func TestInterruptedTrainingSaysThatItCanGoOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted from another one")
	}
	p := start(t, t.TempDir(), trainArgs("--steps", "100000")...)
	p.until(t, "training", func() bool { return strings.Contains(p.said.String(), "autoencoder") })
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitStopped || !strings.Contains(p.said.String(), "--resume") {
		t.Errorf("exit code %d, %s", code, p.said.String())
	}
}
