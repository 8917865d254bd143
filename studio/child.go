package studio

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dataprism/dataprism/run"
)

// What children do.
const (
	training = "training"
	auditing = "auditing"
)

// child is a process that works on a run. It is one of its own, so that it goes on when the server ends.
type child struct {
	what    string
	process *os.Process
	ended   chan struct{}
	err     error // of the process, once it has ended
}

// stop asks the process to end, or ends it where processes cannot be asked.
func (c *child) stop() error {
	if c.process.Signal(os.Interrupt) == nil {
		return nil
	}
	return c.process.Kill()
}

func (c *child) alive() bool {
	if c == nil {
		return false
	}
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// logFile is where a child's words go, within the studio's own folder of a run.
func logFile(what string) string { return what + ".log" }

// TrainingLog is the file within the folder of a run from which the studio takes what the training of it says: the last
// line is shown.
func TrainingLog(dir string) string { return filepath.Join(dir, ownDir, logFile(training)) }

// launch starts a child that works on a run.
func (s *Server) launch(r *liveRun, what string, args ...string) error {
	if len(s.Program) == 0 {
		return refused("this server starts no programs: use the command line")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.child.alive() {
		return conflict("%s is %s already", r.id, r.child.what)
	}
	if process, busy := run.Busy(r.dir); busy {
		return conflict("%s is being trained by another process (%d): let it end, or stop it, first", r.id, process)
	}
	if err := r.write(nil, logFile(what)); err != nil {
		return conflict("%v", err)
	}
	log, err := os.OpenFile(filepath.Join(r.dir, ownDir, logFile(what)), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return conflict("%v", err)
	}
	defer log.Close()
	cmd := exec.Command(s.Program[0], append(s.Program[1:len(s.Program):len(s.Program)], args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "DATAPRISM_PROGRESS=1s")
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return conflict("%s could not be started: %v", what, err)
	}
	c := &child{what: what, process: cmd.Process, ended: make(chan struct{})}
	r.child = c
	go func() { // which ends with the child, or with the program
		c.err = cmd.Wait()
		close(c.ended)
	}()
	return nil
}

// doing is what works on a run in this moment; empty where nothing does.
func (r *liveRun) doing() string {
	r.mu.Lock()
	c := r.child
	r.mu.Unlock()
	switch {
	case c.alive():
		return c.what
	case !r.isBusy():
		return ""
	case r.state() == stateTrained:
		return auditing
	}
	return training
}

// isBusy says whether a process works on a run.
func (r *liveRun) isBusy() bool {
	r.mu.Lock()
	c := r.child
	r.mu.Unlock()
	if c.alive() && c.what == training {
		return true
	}
	_, busy := run.Busy(r.dir)
	return busy
}

// failure is why the last child failed; empty where it did not.
func (r *liveRun) failure() string {
	r.mu.Lock()
	c := r.child
	r.mu.Unlock()
	if c == nil || c.alive() || c.err == nil {
		return ""
	}
	if text, found := strings.CutPrefix(r.lastLine(c.what), "dataprism: "); found {
		return text
	}
	return fmt.Sprintf("%s ended early: %v", c.what, c.err)
}

// lastWords is the line that was said last of what goes on.
func (r *liveRun) lastWords() string {
	newest, line := time.Time{}, ""
	for _, what := range []string{training, auditing} {
		info, err := os.Stat(filepath.Join(r.dir, ownDir, logFile(what)))
		if err == nil && info.ModTime().After(newest) {
			newest, line = info.ModTime(), r.lastLine(what)
		}
	}
	return line
}

// lastLine is what a child said last.
func (r *liveRun) lastLine(what string) string {
	const tail = 4096
	f, info, err := r.file(ownDir, logFile(what))
	if err != nil {
		return ""
	}
	defer f.Close()
	if _, err := f.Seek(max(0, info.Size()-tail), io.SeekStart); err != nil {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(f, tail))
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return strings.ToValidUTF8(string(lines[len(lines)-1]), "\ufffd")
}
