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
	judge, err := FitCodes(ctx, Labelled{Codes: a, Label: labelA}, 1)
	if err != nil {
		t.Fatal(err)
	}
	own, labelOwn := dependent(1200, 6, 3, sign(1))
	within, err := judge.AUC(Labelled{Codes: own, Label: labelOwn})
	if err != nil {
		t.Fatal(err)
	}
	across, err := judge.AUC(Labelled{Codes: b, Label: labelB})
	if err != nil {
		t.Fatal(err)
	}
	// Within: Phi(sqrt(1.5^2+1)/sqrt 2) = 0.899. Across, along (1.5, 1): the classes lie (1.5^2-1)/sqrt(1.5^2+1) =
	// 0.693 apart: Phi(0.693/sqrt 2) = 0.688.
	if within.Excludes(0.899) || across.Excludes(0.688) || across.N != 1198 {
		t.Errorf("within %v, across %v", within, across)
	}
	if _, err := judge.AUC(Labelled{Codes: measure.NewMatrix(4, 5), Label: []int{0, 1, 0, 1}}); err == nil {
		t.Error("codes of another number of columns should be an error")
	}
	if _, err := FitCodes(ctx, Labelled{Codes: a, Label: make([]int, 1200)}, 1); err == nil {
		t.Error("one label value should be an error")
	}
	labelA[3] = 2
	if _, err := FitCodes(ctx, Labelled{Codes: a, Label: labelA}, 1); err == nil {
		t.Error("a third label value should be an error")
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
	judge, err := FitCodes(context.Background(), Labelled{Codes: a, Label: labelA}, 1)
	if err != nil {
		t.Fatal(err)
	}
	once, err := judge.AUC(Labelled{Codes: b, Label: labelB})
	if err != nil {
		t.Fatal(err)
	}
	repeated, err := judge.AUC(Labelled{b.Select(rows), measure.Pick(labelB, rows), units})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "width", repeated.High-repeated.Low, once.High-once.Low, 0.001)
}
