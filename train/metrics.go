package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// MetricsFile is the log of a run: a JSON object a line, one for each step, as [Event] has it.
const MetricsFile = "metrics.jsonl"

// metricsLog appends to a run's metrics.jsonl.
type metricsLog struct {
	file    *os.File
	buffer  *bufio.Writer
	flushed time.Time
}

// flushEvery is how long a line may wait before those who follow the run see it.
const flushEvery = time.Second

// openMetrics opens the log and drops the lines of steps that come after the position: those are done again.
func openMetrics(dir string, at checkpoint) (*metricsLog, error) {
	path := filepath.Join(dir, MetricsFile)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var kept bytes.Buffer
	for line := range bytes.Lines(old) {
		var e Event
		if json.Unmarshal(line, &e) != nil { // the tail of a line that was being written when the run was killed
			break
		}
		phase := slices.Index(phaseNames, e.Phase)
		if phase > at.phase || phase == at.phase && e.Step > at.clock.step {
			break
		}
		kept.Write(line)
	}
	if err := atomicfile.Write(path, kept.Bytes()); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &metricsLog{file: file, buffer: bufio.NewWriter(file)}, nil
}

func (l *metricsLog) write(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := l.buffer.Write(append(line, '\n')); err != nil {
		return err
	}
	if time.Since(l.flushed) < flushEvery {
		return nil
	}
	l.flushed = time.Now()
	return l.Flush()
}

// Flush hands what was written to the operating system.
func (l *metricsLog) Flush() error { return l.buffer.Flush() }

// Close flushes and closes the log.
func (l *metricsLog) Close() error { return errors.Join(l.buffer.Flush(), l.file.Close()) }
