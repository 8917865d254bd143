package probe

import (
	"context"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestTransferFindsWhatTwoCollectionsShare(t *testing.T) {
	// The label shifts column 0 in both collections, and column 1 in opposite ways: within a collection both help,
	// across only the first does.
	sign := func(direction float32) func([]float32, int) {
		return func(row []float32, class int) {
			row[0] += 1.5 * float32(class)
			row[1] += 1.0 * direction * float32(class)
		}
	}
	a, labelA := dependent(1200, 6, 1, sign(1))
	b, labelB := dependent(1200, 6, 2, sign(-1))
	labelB[0], labelB[5] = -1, -1 // missing
	ctx := context.Background()
	within, err := WithinAUC(ctx, Labelled{Codes: a, Label: labelA}, CrossValidation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	across, err := TransferAUC(ctx, Labelled{Codes: a, Label: labelA}, Labelled{Codes: b, Label: labelB}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Within: Phi(sqrt(1.5^2+1)/sqrt 2) = 0.899. Across, along (1.5, 1): the classes lie (1.5^2-1)/sqrt(1.5^2+1) =
	// 0.693 apart: Phi(0.693/sqrt 2) = 0.688.
	if within.Excludes(0.899) || across.Excludes(0.688) || across.N != 1198 {
		t.Errorf("within %v, across %v", within, across)
	}
	if _, err := TransferAUC(ctx, Labelled{Codes: a, Label: make([]int, 1200)}, Labelled{Codes: b, Label: labelB}, 1); err == nil {
		t.Error("one label value should be an error")
	}
	labelA[3] = 2
	if _, err := WithinAUC(ctx, Labelled{Codes: a, Label: labelA}, CrossValidation{}); err == nil {
		t.Error("a third label value should be an error")
	}
}

func TestWithinAUCIsHalfWhereThereIsNothing(t *testing.T) {
	// 30 rows of which 6 are positive. Pooled over folds, the scores of a null rank below chance.
	var within, pooled float64
	const runs = 150
	for seed := range uint64(runs) {
		x := Labelled{Codes: NormalCodes(30, 2, seeded(seed)), Label: make([]int, 30)}
		for i := range 6 {
			x.Label[5*i] = 1
		}
		cv := CrossValidation{Seed: seed}
		e, err := WithinAUC(context.Background(), x, cv)
		if err != nil {
			t.Fatal(err)
		}
		within += e.Value / runs
		predicted, err := CrossPredict(context.Background(), Sample{X: x.Codes, Class: x.Label, Classes: 2}, Linear{}, cv)
		if err != nil {
			t.Fatal(err)
		}
		scores, positive := logOdds(predicted.LogProbs, x.Label)
		if e, err = measure.AUC(scores, positive, nil); err != nil {
			t.Fatal(err)
		}
		pooled += e.Value / runs
	}
	near(t, "mean area of nulls", within, 0.5, 0.04)
	if pooled > within-0.02 {
		t.Errorf("pooled over folds the area is %.3f, within them %.3f: this test shows nothing", pooled, within)
	}
}

func TestTransferKnowsUnitsOfTestedRows(t *testing.T) {
	// Each tested row four times: the interval must not narrow.
	sign := func(row []float32, class int) { row[0] += float32(class) }
	a, labelA := dependent(400, 3, 1, sign)
	b, labelB := dependent(200, 3, 2, sign)
	rows, units := make([]int, 800), make([]int, 800)
	for i := range rows {
		rows[i], units[i] = i/4, i/4
	}
	from := Labelled{Codes: a, Label: labelA}
	once, err := TransferAUC(context.Background(), from, Labelled{Codes: b, Label: labelB}, 1)
	if err != nil {
		t.Fatal(err)
	}
	repeated, err := TransferAUC(context.Background(), from, Labelled{b.Select(rows), measure.Pick(labelB, rows), units}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "width", repeated.High-repeated.Low, once.High-once.Low, 0.001)
}
