// Package run owns the folder of a run and the pipeline that fills it: collections are opened and framed, a prism is
// trained on them, calibrated and measured.
//
//	RUN/config.yaml        everything needed to repeat the run
//	RUN/notes.csv          files that were skipped, and what else was noted of them
//	RUN/checkpoints/       the newest two states of training
//	RUN/model.safetensors  what the trained model needs in use
//	RUN/metrics.jsonl      one line a step
//	RUN/samples/           grids drawn while it trained
//	RUN/evaluation.json    the numbers on held-out images
//
// Killing it at any moment and starting it again with Resume ends in the same result.
package run

import "path/filepath"

// Files of a run folder.
const (
	ConfigFile     = "config.yaml"
	WeightsFile    = "model.safetensors"
	NotesFile      = "notes.csv"
	EvaluationFile = "evaluation.json"
	SamplesDir     = "samples"
)

func weightsPath(dir string) string { return filepath.Join(dir, WeightsFile) }
