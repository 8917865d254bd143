package audit

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// maxTransferTrain bounds the training images of a collection whose codes a classifier learns from: fewer than a few
// thousand say more about the classifier than about codes of some hundred dimensions.
const maxTransferTrain = 10000

// measureTransfer asks, for every attribute of two values, how well a linear classifier of it that was fitted on the
// codes of training images of one collection does on the codes of held-out images, of that collection and of others.
func measureTransfer(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	var list []attribute
	for _, name := range labelNames(h.dataset) {
		if a, _ := attributeOf(name, trainLabels(h.dataset, name)); len(a.values) == 2 {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("no label has two values of %d training images or more", leastOfValue)
	}
	lesson := h.lesson(s, list, maxTransferTrain)
	if err := h.encodeLesson(ctx, s, &lesson); err != nil {
		return err
	}
	m := s.begin("measuring transfer", len(list))
	for _, a := range list {
		table, err := h.transfer(ctx, s, e, a, lesson)
		if err != nil {
			return err
		}
		if len(table) > 0 {
			if e.Transfer == nil {
				e.Transfer = map[string]map[string]measure.Estimate{}
			}
			e.Transfer[a.name] = table
		}
		m.add(1)
	}
	return nil
}

// transfer carries a from the training images of every collection to the held-out images of every one.
func (h *HeldOut) transfer(ctx context.Context, s Settings, e *Evaluation, a attribute, l lesson) (map[string]measure.Estimate, error) {
	table := map[string]measure.Estimate{}
	truth, learnt := a.numbers(h.Labels(a.name)), a.numbers(l.labels(h.dataset, a))
	var tested []int
	for c := range h.dataset.Collections {
		err := enoughOfBoth(a, measure.Pick(truth, h.of(c)), "held-out images")
		if err == nil {
			tested = append(tested, c)
		} else if err = e.skip(ctx, "transfer."+a.name+".*->"+h.name(c), err); err != nil {
			return nil, err
		}
	}
	for from := range h.dataset.Collections {
		rows := l.of(from)
		judge, err := h.judgeOfCodes(ctx, s, a, l.features.Select(rows), measure.Pick(learnt, rows), measure.Pick(l.units, rows))
		if err != nil {
			if err = e.skip(ctx, "transfer."+a.name+"."+h.name(from)+"->*", err); err != nil {
				return nil, err
			}
			continue
		}
		for _, to := range tested {
			rows := h.of(to)
			auc, err := judge.AUC(probe.Labelled{Codes: h.V.Select(rows), Label: measure.Pick(truth, rows), Units: measure.Pick(h.Units, rows)})
			direction := Direction(h.name(from), h.name(to))
			if err == nil {
				table[direction] = auc
			} else if err = e.skip(ctx, "transfer."+a.name+"."+direction, plain(err, a.named(), "held-out images")); err != nil {
				return nil, err
			}
		}
	}
	return table, nil
}

// judgeOfCodes fits a classifier of a on codes of training images.
func (h *HeldOut) judgeOfCodes(ctx context.Context, s Settings, a attribute, codes measure.Matrix, label, units []int) (*probe.CodeJudge, error) {
	if err := enoughOfBoth(a, label, "training images"); err != nil {
		return nil, err
	}
	judge, err := probe.FitCodes(ctx, probe.Labelled{Codes: codes, Label: label, Units: units}, s.Seed)
	return judge, plain(err, a.named(), "training images")
}

// enoughOfBoth demands [probe.MinimumOfValue] images of each of two values.
func enoughOfBoth(a attribute, label []int, what string) error {
	n := countValues(label)
	if min(n[0], n[1]) >= probe.MinimumOfValue {
		return nil
	}
	return fmt.Errorf("%s and %s have %d and %d %s there, %d of each are needed", a.named()[0], a.named()[1], n[0], n[1], what, probe.MinimumOfValue)
}

// countValues counts the labels 0 and 1.
func countValues(truth []int) (count [2]int) {
	for _, t := range truth {
		if t >= 0 {
			count[t]++
		}
	}
	return count
}
