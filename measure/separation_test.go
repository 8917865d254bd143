package measure

import (
	"math/rand/v2"
	"testing"
)

func TestAllOfASeparationIsExplainedByItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	whole, noise, positive := make([]float64, 200), normals(200, rng), make([]bool, 200)
	for i := range whole {
		positive[i] = i%2 == 0
		whole[i] = rng.NormFloat64()
		if positive[i] {
			whole[i]++
		}
	}
	e, err := SeparationExplained(whole, whole, positive, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if near(t, "the share", e.Value, 1, 1e-12); e.Low < 1-1e-9 || e.High > 1+1e-9 {
		t.Errorf("the interval of what is the same is %v", e)
	}
	if e, err = SeparationExplained(noise, whole, positive, nil, nil); err != nil || e.Excludes(0) {
		t.Errorf("noise explains %v, %v", e, err)
	}
	if e, err = SeparationExplained(whole, noise, positive, nil, nil); err == nil {
		t.Errorf("of nothing, %v is explained", e)
	}
}
