package quality

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/dataprism/dataprism/internal/disjoint"
	"golang.org/x/sync/errgroup"
)

// Two images are compared where their hashes differ in at most maxHashDistance of 63 signs.
const maxHashDistance = 10

// index finds hashes that differ in few bits without comparing all (multi-index hashing; Norouzi, Punjani and Fleet,
// "Fast exact search in Hamming space with multi-index hashing", 2014). A hash is cut into four parts of 16 bits.
// Hashes that differ in at most 7 bits differ in at most one bit of some part, and so share a bucket with it or with
// one of the 16 parts next to it; of pairs that differ in 8 to maxHashDistance bits most do too.
type index struct {
	hashes  []uint64
	buckets [parts][1 << 16][]int32
}

const parts = 4

// part returns bits k, k+4, k+8, ... of a hash, so that every part has its share of low frequencies.
func part(hash uint64, k int) (out uint16) {
	hash >>= k
	for i := range 16 {
		out |= uint16(hash&1) << i
		hash >>= parts
	}
	return out
}

// newIndex indexes the hashes of some images by their place in the list.
func newIndex(prints []*Fingerprint) *index {
	x := &index{hashes: make([]uint64, len(prints))}
	for i, f := range prints {
		x.hashes[i] = f.Hash
		for k := range parts {
			p := part(f.Hash, k)
			x.buckets[k][p] = append(x.buckets[k][p], int32(i))
		}
	}
	return x
}

// near calls use with every j below i that is found near i, each once. seen is scratch of one value an image.
func (x *index) near(i int, seen []int32, use func(j int)) {
	hash := x.hashes[i]
	for k := range parts {
		p := part(hash, k)
		for flip := range 17 {
			q := p
			if flip > 0 {
				q ^= 1 << (flip - 1)
			}
			for _, j := range x.buckets[k][q] {
				if int(j) >= i {
					break // buckets are in order
				}
				if seen[j] == int32(i) {
					continue
				}
				seen[j] = int32(i)
				if distance(hash, x.hashes[j]) <= maxHashDistance {
					use(int(j))
				}
			}
		}
	}
}

// copies finds the images that are copies of each other, as sets of places in the list, each ascending, in the order
// of their first. Images that are flat are copies of nothing. expected says of which pairs nothing is to be said.
func copies(ctx context.Context, prints []*Fingerprint, expected func(i, j int) bool, progress func(done int)) ([][]int, error) {
	var shown []*Fingerprint
	var place []int
	for i, f := range prints {
		if !f.Flat() {
			shown, place = append(shown, f), append(place, i)
		}
	}
	x := newIndex(shown)
	joined := newSets(len(prints))
	var next, done atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() error {
			seen := make([]int32, len(shown))
			for i := range seen {
				seen[i] = -1
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(shown) {
					return nil
				}
				if i%64 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				x.near(i, seen, func(j int) {
					a, b := place[i], place[j]
					if joined.same(a, b) || expected(a, b) || !LikenessOf(shown[i], shown[j]).Copies() {
						return
					}
					joined.join(a, b)
				})
				if n := done.Add(1); progress != nil && (n%256 == 0 || int(n) == len(shown)) {
					progress(int(n))
				}
			}
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return joined.groups(), nil
}

// sets are disjoint sets of numbers that several goroutines join.
type sets struct {
	mu   sync.Mutex
	sets disjoint.Sets
}

func newSets(n int) *sets { return &sets{sets: disjoint.New(n)} }

func (s *sets) same(i, j int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sets.Root(i) == s.sets.Root(j)
}

func (s *sets) join(i, j int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets.Join(i, j)
}

func (s *sets) root(i int) int { return s.sets.Root(i) }

func (s *sets) groups() [][]int { return s.sets.Groups() }
