package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/studio"
	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// sheetFile is the contact sheet of the demo.
const sheetFile = "contact-sheet.png"

// Folders of the demo: its collections, and their prepared images.
const (
	portraitsDir = "portraits"
	cacheDir     = "cache"
)

// demoPreviews is how often pictures are drawn of what the demo's model can do.
const demoPreviews = 10 * time.Second

// demoFlags are those of demo.
type demoFlags struct {
	dir, backend       string
	count, size, steps int
	seed               uint64
	noOpen, resume     bool
	shown              evaluationFlags
}

func newDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Draw portraits in three styles with known biases, train on them, and show what is found",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.dir, "out", "o", "dataprism-demo", "folder for everything the demo makes")
	flags.IntVar(&f.count, "count", 6000, "portraits of each style")
	flags.IntVar(&f.size, "size", 32, "side of the images in pixels: 32, 48, 64, 96 or 128")
	flags.IntVar(&f.steps, "steps", 0, "training steps in all (0: the default)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	flags.BoolVar(&f.noOpen, "no-open", false, "do not show it live in a browser, and end when it is done")
	flags.BoolVar(&f.resume, "resume", false, "continue a demo that was stopped")
	f.shown.register(cmd)
	backendVar(cmd, &f.backend)
	return cmd
}

// run draws the portraits, trains on them, audits what came out, and shows it.
func (f demoFlags) run(cmd *cobra.Command) error {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	folder, err := run.Take(filepath.Join(f.dir, "run"), f.resume)
	if err != nil {
		return err
	}
	defer folder.Close()
	var live *openedStudio
	if !f.noOpen && !f.shown.asJSON {
		if live, err = showDemo(cmd, f.dir, folder.Dir, progress); err != nil {
			return err
		}
		defer live.close()
	}
	c := demoRun(f.size, f.seed, f.steps)
	if err := demoSources(&c, f.dir); err != nil {
		return err
	}
	if err := f.draw(cmd, folder, c, progress); err != nil {
		return err
	}
	engine, err := openBackend(f.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	j := run.Job{Folder: folder, Cache: filepath.Join(f.dir, cacheDir), Watch: progress.watch(), PreviewEvery: demoPreviews}
	opened, evaluation, err := j.Open(cmd.Context(), engine, c)
	if err != nil {
		return err
	}
	defer opened.Close()
	progress.close()
	sheet := filepath.Join(f.dir, sheetFile)
	if err := demoSheet(opened.Prism, opened.Data, sheet); err != nil {
		return err
	}
	out := filepath.Join(folder.Dir, run.AuditDir)
	x := run.Examination{Dir: folder.Dir, Cache: j.Cache, Watch: j.Watch}
	found, err := examine(cmd.Context(), x, opened, out, false, evaluation)
	if err != nil {
		return err
	}
	progress.close()
	if f.shown.asJSON || f.shown.verbose {
		if err := f.shown.print(cmd.OutOrStdout(), evaluation, filepath.Join(folder.Dir, run.EvaluationFile)); err != nil {
			return err
		}
	} else {
		printSentences(cmd.OutOrStdout(), found.Findings, found.Limits)
	}
	if !f.shown.asJSON {
		fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n%s\n", sheet, filepath.Join(out, reportFile))
	}
	if live == nil || !progress.terminal {
		return nil
	}
	if err := folder.Close(); err != nil {
		return err
	}
	tell(cmd, "\nthe studio shows the run at %s, until Ctrl-C; later: dataprism serve %s", live.address, folder.Dir)
	return live.wait(cmd.Context())
}

// draw draws the portraits of a demo that begins. One that goes on must agree with the flags that are given.
func (f demoFlags) draw(cmd *cobra.Command, folder *run.Folder, c run.Config, p *progress) error {
	begun, isBegun := folder.Begun()
	if !isBegun {
		_, err := portraits.Write(cmd.Context(), filepath.Join(f.dir, portraitsDir), portraits.Options{
			Count: f.count, Size: f.size, Seed: f.seed, Progress: p.drawing,
		})
		return err
	}
	given := cmd.Flags().Changed
	if err := agree(f.dir, begun, c, given, false); err != nil {
		return err
	}
	if given("count") {
		return sameCount(f.dir, f.count)
	}
	return nil
}

// showDemo opens the studio, which follows the run while it is made.
func showDemo(cmd *cobra.Command, dir, runDir string, p *progress) (*openedStudio, error) {
	pictures := filepath.Join(dir, portraitsDir)
	if err := os.MkdirAll(pictures, 0o777); err != nil {
		return nil, err
	}
	log := studio.TrainingLog(runDir)
	if err := os.MkdirAll(filepath.Dir(log), 0o777); err != nil {
		return nil, err
	}
	var err error
	if p.log, err = os.Create(log); err != nil { // which ends with the program
		return nil, err
	}
	o := studio.Options{Roots: []string{pictures}, Home: dir, Cache: filepath.Join(dir, cacheDir), Address: serveAddress}
	live, err := openStudio(cmd, o)
	if err != nil { // the address may be in use
		o.Address = "127.0.0.1:0"
		if live, err = openStudio(cmd, o); err != nil {
			return nil, err
		}
	}
	if err := live.Follow(runDir); err != nil {
		return nil, errors.Join(err, live.close())
	}
	tell(cmd, "live in a browser: %s", live.address)
	openOnDesktop(cmd.ErrOrStderr(), live.address)
	return live, nil
}

// demoSources names the demo's collections and says where they lie.
func demoSources(c *run.Config, dir string) error {
	for _, style := range portraits.Styles() {
		source, err := run.SourceOf(collection.Spec{Name: style.String(), Path: filepath.Join(dir, portraitsDir, style.String())})
		if err != nil {
			return err
		}
		c.Data.Sources = append(c.Data.Sources, source)
		c.Model.Collections = append(c.Model.Collections, style.String())
	}
	return nil
}

// sameCount says whether count portraits of each style were drawn.
func sameCount(dir string, count int) error {
	drawn, err := filepath.Glob(filepath.Join(dir, portraitsDir, portraits.Styles()[0].String(), "*.png"))
	if err == nil && len(drawn) != count {
		err = usage("%s was started with --count %d, not %d: leave that out to continue it, or choose another folder", dir, len(drawn), count)
	}
	return err
}

// demoRun is a training that takes about four minutes on two cores.
func demoRun(size int, seed uint64, steps int) run.Config {
	ae := autoencoder.DefaultConfig(size, 3)
	ae.Latent, ae.Width = 64, 128
	cfg := train.ConfigFor(size)
	cfg.Autoencoder.Steps, cfg.Autoencoder.Batch = 900, 48
	cfg.Decoder.Steps, cfg.Decoder.Batch = 150, 32
	cfg.Adversary.Weight = min(0.02, cfg.Adversary.Weight)
	// Planted attributes are separate modes, which take more fitting than what varies smoothly; the decay keeps it
	// from fitting single portraits.
	cfg.Flow.Steps, cfg.Flow.Epochs, cfg.Flow.WeightDecay, cfg.Flow.Rate = 700, 0, 0.2, 0.003
	// Light and contrast belong to a style here, and the styles differ enough without their being varied.
	cfg.Jitter = 0
	if steps > 0 {
		cfg = cfg.WithSteps(steps)
	}
	fl := flow.DefaultConfig(ae.Latent, len(portraits.Styles()))
	fl.Blocks, fl.Hidden = 12, 192
	// Splines part codes into modes. Those that all styles have need no block to know the style, and move no portrait further.
	fl.Bins, fl.Shared = 4, 3
	// Drawn people are about as far out as each other, and so many blocks learn the rest better by themselves.
	fl.Radial = false
	// Modes that are large in one style and small in another are no matter of moments; blocks then have less to move.
	fl.Sliced, fl.SlicedCodes, cfg.Latents.Content = true, true, 0.02
	return run.Config{
		Version: run.Version, Seed: seed,
		Data:     run.Data{Background: "#ffffff", Validation: 0.2},
		Model:    prism.Config{Autoencoder: ae, Flow: fl},
		Training: &cfg,
	}
}

// demoSheet draws the contact sheet: projections of held-out portraits, and samples.
func demoSheet(p *prism.Prism, d *collection.Dataset, path string) error {
	projected, err := run.ProjectionGrid(p, d)
	if err != nil {
		return err
	}
	sampled, err := run.SampleGrid(p, d)
	if err != nil {
		return err
	}
	sheet := report.Sheet{
		Title:    "dataprism",
		Subtitle: "Portraits in three styles: what the collections share, and where they differ",
		Sections: []report.Section{
			{
				Caption: "The same person in every collection",
				Note:    "Held-out portraits, their reconstructions, and their projections into each collection, with the detail that reconstructions lack.",
				Grid:    projected,
			},
			{
				Caption: "The same code in every collection",
				Note: "Each column is one random code. Oil has older and bearded people, anime young ones with long hair: " +
					"the collections' own biases, which a model trained on them repeats.",
				Grid: sampled,
			},
		},
	}
	picture, err := sheet.Draw()
	if err != nil {
		return err
	}
	return report.WritePNG(path, picture)
}

// openOnDesktop shows a file with the program that the desktop has for it. Where there is none, nothing happens:
// its path has been printed.
func openOnDesktop(stderr io.Writer, path string) {
	name, args := "xdg-open", []string{path}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	default:
		if !hasDisplay() {
			return
		}
	}
	if err := exec.Command(name, args...).Start(); err != nil {
		fmt.Fprintf(stderr, "could not open %s: %v\n", path, err)
	}
}

func hasDisplay() bool { return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" }
