package probe

import (
	"context"
	"testing"
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
	within, err := WithinAUC(ctx, a, labelA, nil, CrossValidation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	across, err := TransferAUC(ctx, a, labelA, b, labelB, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Within: Phi(sqrt(1.5^2+1)/sqrt 2) = 0.899. Across, along (1.5, 1): the classes lie (1.5^2-1)/sqrt(1.5^2+1) =
	// 0.693 apart: Phi(0.693/sqrt 2) = 0.688.
	if within.Excludes(0.899) || across.Excludes(0.688) || across.N != 1198 {
		t.Errorf("within %v, across %v", within, across)
	}
	if _, err := TransferAUC(ctx, a, make([]int, 1200), b, labelB, nil, 1); err == nil {
		t.Error("one label value should be an error")
	}
	labelA[3] = 2
	if _, err := WithinAUC(ctx, a, labelA, nil, CrossValidation{}); err == nil {
		t.Error("a third label value should be an error")
	}
}
