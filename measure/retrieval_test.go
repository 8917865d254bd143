package measure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestRanksAgreeWithSortedDistances(t *testing.T) {
	rng := seeded(7)
	queries, gallery := normalRows(300, 20, rng), normalRows(170, 20, rng)
	queryKey, galleryKey := make([]string, 300), make([]string, 170)
	for i := range queryKey {
		queryKey[i] = fmt.Sprint(rng.IntN(200))
	}
	for i := range galleryKey {
		galleryKey[i] = fmt.Sprint(rng.IntN(120)) // some keys twice, some never
	}
	ranks, err := counterpartRanks(context.Background(), queries, gallery, queryKey, galleryKey, Compute{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, rank := range ranks {
		order := make([]int, gallery.Rows)
		distance := make([]float64, gallery.Rows)
		for g := range order {
			order[g] = g
			for j, x := range queries.Row(i) {
				d := float64(x) - float64(gallery.Row(g)[j])
				distance[g] += d * d
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			if distance[a] < distance[b] {
				return -1
			}
			return 1
		})
		want := 1 + slices.IndexFunc(order, func(g int) bool { return galleryKey[g] == queryKey[i] })
		if rank != want {
			t.Errorf("query %d has rank %d, want %d", i, rank, want)
		}
	}
}

func TestRetrievalOfKnownCases(t *testing.T) {
	rng := seeded(8)
	gallery := normalRows(400, 32, rng)
	keys := make([]string, 400)
	for i := range keys {
		keys[i] = fmt.Sprint("person ", i)
	}
	ctx := context.Background()

	same, err := Retrieve(ctx, gallery, gallery, keys, keys, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	if same.At1.Value != 1 || same.At5.Value != 1 || same.At1.N != 400 {
		t.Errorf("the gallery finds itself: %v", same)
	}

	random, err := RandomHits(keys, keys)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "random at 1", random.At1.Value, 1.0/400, 1e-12)
	near(t, "random at 5", random.At5.Value, 5.0/400, 1e-12)

	other, err := Retrieve(ctx, normalRows(400, 32, rng), gallery, keys, keys, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	if other.At5.Excludes(random.At5.Value) {
		t.Errorf("unrelated queries find %v, chance is %v", other.At5, random.At5.Value)
	}

	constant, err := Retrieve(ctx, NewMatrix(400, 32), NewMatrix(400, 32), keys, keys, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	if constant.At5.Value != 0 {
		t.Errorf("a constant representation finds %v", constant.At5)
	}

	if _, err := Retrieve(ctx, gallery, gallery, make([]string, 400), keys, nil, Compute{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("queries without keys: %v, want ErrEmpty", err)
	}
}
