package train

import (
	"context"
	"errors"
	"time"

	"github.com/dataprism/dataprism/internal/nn"
)

// phase runs phase i from at, and leaves its final weights in the store.
func (t *trainer) phase(ctx context.Context, i int, at *checkpoint) error {
	at.phase = i
	began := time.Now()
	p, err := t.begin(ctx, at)
	if err != nil || p.step == nil {
		return err
	}
	at.clock.prepared += time.Since(began)
	if t.Time > 0 && !(i == 0 && t.Model.Pretrained != nil) { // which encodes all images, however long that takes
		p.budget = t.budget(i, at.used+at.clock.prepared)
	}
	err = p.run(ctx, &at.clock, t.watching(p, at))
	if errors.Is(err, ErrStopped) {
		if at.clock.step > 0 {
			return errors.Join(err, t.save(*at))
		}
		return err
	} else if err != nil {
		return err
	}
	ended := time.Now()
	if p.spent != "" && at.clock.step >= p.schedule.Steps && (p.budget == 0 || p.schedule.Cap) {
		t.note("%s", p.spent)
	}
	if phaseNames[i] == AutoencoderPhase {
		at.learnt = at.clock.step
	}
	if p.end != nil { // which may be stopped, too
		err = t.save(*at)
	} else {
		err = t.checkFinite(*at)
	}
	if err != nil {
		return err
	}
	if err := t.finish(ctx, p, at); err != nil {
		return err
	}
	if t.Preview != nil {
		if err := t.Preview(t.prism, p.name, at.clock.step); err != nil {
			return err
		}
	}
	at.used += at.clock.prepared + at.clock.elapsed + time.Since(ended)
	at.phase, at.clock = i+1, clock{}
	if at.phase < len(phaseNames) {
		return t.save(*at)
	}
	return nil
}

// begin prepares the phase that at stands in; one that is left out has no step.
func (t *trainer) begin(ctx context.Context, at *checkpoint) (phase, error) {
	published := t.Config.Net2Net != nil
	switch name := phaseNames[at.phase]; {
	case name == AutoencoderPhase && published:
		return t.net2netAutoencoderPhase()
	case name == AutoencoderPhase && t.Model.Pretrained != nil:
		return t.pretrainedPhase(ctx, &at.clock)
	case name == AutoencoderPhase:
		return t.autoencoderPhase(ctx, &at.clock)
	case name == DecoderPhase && t.Config.Decoder.Steps == 0:
		return phase{}, nil
	case name == DecoderPhase:
		return t.decoderPhase(at.enough)
	case published:
		return t.net2netFlowPhase(ctx)
	}
	return t.flowPhase(ctx, at.clock.step > 0)
}

// watching logs every step of a phase and tells of it, and now and then writes a checkpoint and draws what the model can do.
func (t *trainer) watching(p phase, at *checkpoint) func(Event) error {
	saved, drawn, every := time.Now(), time.Now(), t.CheckpointEvery
	return func(e Event) error {
		if err := t.log.write(e); err != nil {
			return err
		}
		if t.Progress != nil {
			t.Progress(e)
		}
		if time.Since(saved) > every {
			began := time.Now()
			if err := t.save(*at); err != nil {
				return err
			}
			saved = time.Now()
			every = max(t.CheckpointEvery, checkpointSpacing*saved.Sub(began))
		}
		if t.Preview != nil && !p.blind && time.Since(drawn) > t.PreviewEvery {
			if err := t.Preview(t.prism, p.name, e.Step); err != nil {
				return err
			}
			drawn = time.Now()
		}
		return nil
	}
}

// checkpointSpacing is how many times what a checkpoint took must pass before the next.
const checkpointSpacing = 20

// save writes a checkpoint, after the lines of the log that lead to it. A state that is not finite is not saved: the
// checkpoint before it is the last good one.
func (t *trainer) save(at checkpoint) error {
	if err := t.checkFinite(at); err != nil {
		return err
	}
	return errors.Join(t.log.Flush(), at.save(t.Dir, t.store))
}

func (t *trainer) checkFinite(at checkpoint) error {
	weight, err := nn.NotFinite(t.store)
	if err == nil && weight != "" {
		err = &DivergedError{Phase: phaseNames[min(at.phase, len(phaseNames)-1)], Step: at.clock.step, Weight: weight}
	}
	return err
}

// finish puts the averaged weights of a phase in place, or the best that its watch has seen, drops what only its optimiser
// needed, and fits what follows from them.
func (t *trainer) finish(ctx context.Context, p phase, at *checkpoint) error {
	if err := nn.CopyScope(t.store, nn.EMAScope, ""); err != nil {
		return err
	}
	if p.watch != nil {
		if err := t.useBest(p, at); err != nil {
			return err
		}
	}
	scopes := []string{"/" + nn.OptimizerScope, "/" + nn.EMAScope, "/" + bestScope}
	if p.name == DecoderPhase || t.Config.Net2Net != nil {
		scopes = append(scopes, "/"+discriminatorScope, "/"+lossScope, "/"+perceptualScope)
	}
	for _, scope := range scopes {
		if err := t.store.DeleteVariablesInScope(scope); err != nil {
			return err
		}
	}
	if p.end != nil {
		return p.end(ctx)
	}
	return nil
}
