package studio

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
)

// childMain stands for the program that trains and audits, in processes that tests start: it takes the folder of the run
// as that does, says and leaves what that would, and needs no time. A run called "slow..." trains until it is interrupted,
// one called "broken..." fails.
func childMain(args []string) int {
	switch args[0] {
	case "audit":
		return 0
	case "train":
	default:
		return 2
	}
	dir := args[slices.Index(args, "-o")+1]
	folder, err := run.Take(dir, true)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dataprism:", err)
		return 1
	}
	defer folder.Close()
	name := filepath.Base(dir)
	if strings.HasPrefix(name, "broken") {
		fmt.Fprintln(os.Stderr, "dataprism: collection a has too few images")
		return 1
	}
	from := os.Getenv(childVariable)
	for _, file := range []string{run.ConfigFile, train.MetricsFile} {
		text, err := os.ReadFile(filepath.Join(from, file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), text, 0o666)
		}
		if err != nil {
			panic(err)
		}
	}
	fmt.Fprintln(os.Stderr, "autoencoder   50%")
	if strings.HasPrefix(name, "slow") && !slices.Contains(args, "--resume") {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		select {
		case <-stop:
			return 130
		case <-time.After(time.Minute):
			return 1
		}
	}
	text, err := os.ReadFile(filepath.Join(from, run.WeightsFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, run.WeightsFile), text, 0o666)
	}
	if err != nil {
		panic(err)
	}
	return 0
}

// childVariable holds the run that children copy, and tells them from the tests.
const childVariable = "DATAPRISM_STUDIO_CHILD"
