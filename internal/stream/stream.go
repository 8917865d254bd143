// Package stream names the streams of random numbers that the program draws from.
//
// A stream is a generator that follows from the seed of a run, a name, and the numbers of what it is drawn for: a
// collection, a fold, a step of training. Two streams that differ in any of them have nothing in common, so that what
// is drawn in one place never depends on, and never repeats, what is drawn in another. The same seed gives the same
// numbers, whatever the number of workers and whatever else is drawn.
package stream

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Name is what a stream is for.
type Name string

// The streams of the program. The numbers that each takes are in parentheses.
const (
	Sample  Name = "sample"  // codes of the samples that are asked for
	Preview Name = "preview" // codes of the samples that are drawn while a model trains
	Report  Name = "report"  // codes of the samples that a report shows

	DegradeNoise Name = "degrade/noise" // noise of a degraded copy (row)
	DegradeKeep  Name = "degrade/keep"  // which images a degraded copy keeps

	AuditSee     Name = "audit/see"     // which held-out images are looked at (collection)
	AuditLocate  Name = "audit/locate"  // the order in which held-out images are located
	AuditViews   Name = "audit/views"   // which held-out images are read again, framed in all ways (collection)
	AuditJudges  Name = "audit/judges"  // which training images judges learn from (collection)
	AuditControl Name = "audit/control" // permuted collections and normal codes (0, 1)
	AuditSamples Name = "audit/samples" // codes of the samples that are judged
	AuditShares  Name = "audit/shares"  // redrawn judgements and error rates

	QualityApart      Name = "quality/apart"      // which images a probe tells collections apart by (collection)
	AuditCompared     Name = "audit/compared"     // which images are compared (collection and purpose)
	AuditGeneration   Name = "audit/generation"   // codes of the samples that are compared
	AuditPermutations Name = "audit/permutations" // of a two-sample test (pair of collections)
	AuditPatches      Name = "audit/patches"      // starts of the clusters of patches (collection)
	AuditIncoming     Name = "audit/incoming"     // which images of a new folder are looked at
	AuditBenchmark    Name = "audit/benchmark"    // which held-out images a new folder is compared with, and their halves (purpose)
	AuditExplained    Name = "audit/explained"    // folds of what explains typicality (collection)

	WeighPermuted Name = "weigh/permuted" // labels dealt anew, which no cue can tell
	WeighDeals    Name = "weigh/deals"    // labels dealt to contributors
	WeighPool     Name = "weigh/pool"     // which rows of a cell are taken from a pool
	WeighResample Name = "weigh/resample" // start of the draw of rows in proportion to their weights

	PairsRows   Name = "pairs/rows"   // which images pairs are made of, and what they are turned into (collection)
	PairsJudges Name = "pairs/judges" // folds and fits of the judges of pairs

	TrainDraws   Name = "train/draws"   // augmentation, noise and labels of a step (purpose, step)
	TrainOrder   Name = "train/order"   // the order in which images are seen (purpose, collection, pass)
	TrainRange   Name = "train/range"   // the directions from which the search for principal components starts
	TrainWatched Name = "train/watched" // which training images the autoencoder is not fitted to

	ProbeFolds    Name = "probe/folds"    // which rows are in which fold
	ProbeFit      Name = "probe/fit"      // inner folds, initial weights, order of batches (fold)
	ProbeJudge    Name = "probe/judge"    // the same of a judge
	ProbeTransfer Name = "probe/transfer" // the same of a classifier that is carried to another collection

	TrialDrawn  Name = "trial/drawn"  // codes of images that are drawn (collection, value of the label)
	TrialChoice Name = "trial/choice" // which images of a set an expert is fitted to (expert)
	TrialUnits  Name = "trial/units"  // how often each unit is in training images drawn again (repeat)
	TrialFit    Name = "trial/fit"    // inner folds, initial weights, rows of each step (repeat)
	TrialLoop   Name = "trial/loop"   // what a loop draws (seed), and redrawn judgements of it (seed, generation)
	TrialTests  Name = "trial/tests"  // parts of the test images that are left out in turn
)

// New returns the stream of a name and numbers under a seed.
func New(seed uint64, name Name, numbers ...int) *rand.Rand {
	key := binary.LittleEndian.AppendUint64(nil, seed)
	key = binary.LittleEndian.AppendUint64(key, uint64(len(numbers)))
	for _, n := range numbers {
		key = binary.LittleEndian.AppendUint64(key, uint64(n))
	}
	return rand.New(rand.NewChaCha8(sha256.Sum256(append(key, name...))))
}
