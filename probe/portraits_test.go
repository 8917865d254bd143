package probe

import (
	"context"
	"image"
	"testing"

	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/measure"
)

// drawn appends the pixels of a picture to images.
func drawn(images *measure.Images, picture *image.RGBA) {
	images.N++
	for p := 0; p < len(picture.Pix); p += 4 {
		for _, v := range picture.Pix[p : p+3] {
			images.Data = append(images.Data, float32(v)/127.5-1)
		}
	}
}

// TestPlantedPrevalencesOfPortraitsAreRecovered trains judges on portraits of balanced attributes and counts shares
// among portraits of skewed ones.
func TestPlantedPrevalencesOfPortraitsAreRecovered(t *testing.T) {
	if testing.Short() {
		t.Skip("draws thousands of portraits")
	}
	const side, people = 48, 240
	rng := seeded(20)
	chance := func(p float64) bool { return rng.Float64() < p }
	draw := func(n int, long, beard, glasses float64) (measure.Images, [][]int) {
		images := measure.Images{H: side, W: side, C: 3}
		labels := make([][]int, 3)
		for range n {
			a := portraits.Attributes{LongHair: chance(long), Beard: chance(beard), Glasses: chance(glasses), Smile: chance(0.5),
				Age: portraits.AgeGroup(rng.IntN(3)), Skin: portraits.SkinGroup(rng.IntN(3)), HairColour: portraits.HairColour(rng.IntN(3))}
			person := portraits.NewPerson(a, rng)
			for _, style := range portraits.Styles() {
				drawn(&images, portraits.Draw(person, style, side))
				for i, on := range []bool{a.LongHair, a.Beard, a.Glasses} {
					labels[i] = append(labels[i], map[bool]int{false: 0, true: 1}[on])
				}
			}
		}
		return images, labels
	}
	features := func(images measure.Images) measure.Matrix {
		f, err := Features(images)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	images, trainLabels := draw(people, 0.5, 0.5, 0.5)
	train := features(images)
	images, heldLabels := draw(people/2, 0.5, 0.5, 0.5)
	held := features(images)
	images, skewedLabels := draw(people/2, 0.9, 0.05, 0.2)
	skewed := features(images)
	for i, name := range []string{"long hair", "beard", "glasses"} {
		judge, err := TrainJudge(context.Background(), Sample{X: train, Class: trainLabels[i], Classes: 2}, 1)
		if err != nil {
			t.Fatal(err)
		}
		confusion, err := judge.Confusion(held, heldLabels[i], nil)
		if err != nil {
			t.Fatal(err)
		}
		accuracy, err := confusion.Accuracy()
		if err != nil {
			t.Fatal(err)
		}
		shares, err := measure.Shares(judge.Judge(skewed), nil, confusion, rng)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := measure.LabelShares(skewedLabels[i], nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: accuracy %v, share %v, truth %.3f", name, accuracy, shares[1], truth[1].Value)
		if accuracy.Value < 0.8 {
			t.Errorf("%s: balanced accuracy %v", name, accuracy)
		}
		near(t, name, shares[1].Value, truth[1].Value, 0.1)
	}
}
