package measure

// Effective is the effective number of rows of the given weights, (Σw)²/Σw² (Kish, "Survey sampling", 1965): as many rows
// of equal weight would leave means as uncertain. It is 0 where all weights are.
func Effective(weights []float64) float64 {
	var sum, square float64
	for _, w := range weights {
		sum, square = sum+w, square+w*w
	}
	if square == 0 {
		return 0
	}
	return sum * sum / square
}
