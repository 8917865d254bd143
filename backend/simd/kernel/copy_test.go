package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// copyReference copies byte by byte.
func copyReference(dst, src []byte, dims, dstStrides, srcStrides []int, dstBase, srcBase, size int) {
	for n := range product(dims) {
		to, from, rest := dstBase, srcBase, n
		for axis := len(dims) - 1; axis >= 0; axis-- {
			index := rest % dims[axis]
			rest /= dims[axis]
			to += index * dstStrides[axis]
			from += index * srcStrides[axis]
		}
		copy(dst[to*size:(to+1)*size], src[from*size:(from+1)*size])
	}
}

// randomStrides lays dims out in a random order, with gaps, reversed axes and, if repeats, axes of stride 0. It
// returns the index of the first element and the number of elements of the memory.
func randomStrides(r *rand.Rand, dims []int, repeats bool) (strides []int, base, room int) {
	strides = make([]int, len(dims))
	order := r.Perm(len(dims))
	if r.IntN(2) == 0 {
		for i := range order {
			order[i] = len(dims) - 1 - i
		}
	}
	room = 1
	if r.IntN(4) == 0 {
		room = 2
	}
	for _, axis := range order {
		if repeats && r.IntN(5) == 0 {
			continue
		}
		strides[axis] = room
		room *= max(1, dims[axis])
		if r.IntN(8) == 0 {
			room += strides[axis] * r.IntN(3)
		}
		if r.IntN(8) == 0 {
			base += strides[axis] * max(0, dims[axis]-1)
			strides[axis] = -strides[axis]
		}
	}
	return strides, base, room + 1
}

func TestRandomCopiesMatchTheReference(t *testing.T) {
	sizes := []int{1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 70, 130}
	forLevels(t, func(t *testing.T, k *Kernels) {
		pool := NewPool(2)
		defer pool.Close()
		for seed := range 250 {
			r := rand.New(rand.NewPCG(uint64(seed), 11))
			var dims []int
			total := 1
			for range r.IntN(5) {
				d := sizes[r.IntN(len(sizes))]
				if total*d > 100_000 {
					d = 1 + r.IntN(2)
				}
				total *= d
				dims = append(dims, d)
			}
			if len(dims) > 0 && r.IntN(30) == 0 {
				dims[r.IntN(len(dims))] = 0
			}
			size := []int{1, 2, 4, 4, 4, 8, 16}[r.IntN(7)]
			srcStrides, srcBase, srcRoom := randomStrides(r, dims, true)
			dstStrides, dstBase, dstRoom := randomStrides(r, dims, false)
			src := make([]byte, srcRoom*size)
			for i := range src {
				src[i] = byte(r.Uint32())
			}
			got, want := make([]byte, dstRoom*size), make([]byte, dstRoom*size)
			copyReference(want, src, dims, dstStrides, srcStrides, dstBase, srcBase, size)
			c, err := k.CompileCopy(dims, dstStrides, srcStrides, size)
			if err != nil {
				t.Fatal(err)
			}
			c.Run(pool, unsafe.Pointer(&got[dstBase*size]), unsafe.Pointer(&src[srcBase*size]))
			if !bytes.Equal(got, want) {
				t.Fatalf("seed %d: dims %v, strides %v from %v, %d bytes", seed, dims, dstStrides, srcStrides, size)
			}
		}
	})
}

func TestTransposesOfEveryOrder(t *testing.T) {
	dims := []int{5, 33, 18, 4}
	forLevels(t, func(t *testing.T, k *Kernels) {
		r := rand.New(rand.NewPCG(1, 1))
		src := make([]float32, product(dims))
		for i := range src {
			src[i] = r.Float32()
		}
		for range 30 {
			permutation := r.Perm(len(dims))
			c, err := k.CompileTranspose(dims, permutation, 4)
			if err != nil {
				t.Fatal(err)
			}
			dst := make([]float32, len(src))
			c.Run(nil, unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]))
			strides := rowMajor(dims, func(int) bool { return true })
			for i, x := range dst {
				from, rest := 0, i
				for axis := len(dims) - 1; axis >= 0; axis-- {
					d := dims[permutation[axis]]
					from += rest % d * strides[permutation[axis]]
					rest /= d
				}
				if x != src[from] {
					t.Fatalf("permutation %v: element %d", permutation, i)
				}
			}
		}
	})
}

func TestWrongCopiesAreRefused(t *testing.T) {
	k := New(Portable)
	if _, err := k.CompileCopy([]int{2}, []int{1, 1}, []int{1}, 4); err == nil {
		t.Error("too many strides: no error")
	}
	if _, err := k.CompileCopy([]int{-2}, []int{1}, []int{1}, 4); err == nil {
		t.Error("negative size: no error")
	}
	if _, err := k.CompileCopy([]int{2}, []int{1}, []int{1}, 3); err == nil {
		t.Error("elements of three bytes: no error")
	}
	if _, err := k.CompileTranspose([]int{2, 3}, []int{0, 2}, 4); err == nil {
		t.Error("axis 2 of two: no error")
	}
	if _, err := k.CompileTranspose([]int{2, 3}, []int{0}, 4); err == nil {
		t.Error("short permutation: no error")
	}
}

func TestRowsAreGatheredAndScattered(t *testing.T) {
	const rows, count = 37, 500
	forLevels(t, func(t *testing.T, k *Kernels) {
		one, five := NewPool(1), NewPool(5)
		defer one.Close()
		defer five.Close()
		for _, columns := range []int{1, 3, 16, 100, 257} {
			r := rand.New(rand.NewPCG(2, uint64(columns)))
			table := make([]float32, rows*columns)
			for i := range table {
				table[i] = r.Float32()
			}
			indices := make([]int32, count)
			for i := range indices {
				indices[i] = int32(r.IntN(rows+4) - 2)
			}
			g, err := k.CompileGather(rows, 4*columns, count)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, count*columns)
			g.Run(five, unsafe.Pointer(&got[0]), unsafe.Pointer(&table[0]), indices)
			for i, index := range indices {
				row := min(max(int(index), 0), rows-1)
				if !sameBits(got[i*columns:(i+1)*columns], table[row*columns:(row+1)*columns]) {
					t.Fatalf("row %d", i)
				}
			}
			s, err := k.CompileScatterAdd(rows, columns, count)
			if err != nil {
				t.Fatal(err)
			}
			want, other := bytes.Clone(bytesAt(unsafe.Pointer(&table[0]), 4*len(table))), make([]float32, len(table))
			wanted := floatsAt(unsafe.Pointer(&want[0]), len(table))
			copy(other, table)
			for i, index := range indices {
				if index >= 0 && index < rows {
					for j := range columns {
						wanted[int(index)*columns+j] += got[i*columns+j]
					}
				}
			}
			s.Run(one, unsafe.Pointer(&table[0]), unsafe.Pointer(&got[0]), indices)
			s.Run(five, unsafe.Pointer(&other[0]), unsafe.Pointer(&got[0]), indices)
			if !sameBits(table, wanted) || !sameBits(other, wanted) {
				t.Fatalf("scatter of %d columns differs", columns)
			}
		}
	})
}

func TestCopiesAllocateNothing(t *testing.T) {
	k := New(Best())
	pool := NewPool(2)
	defer pool.Close()
	c, err := k.CompileTranspose([]int{700, 500}, []int{1, 0}, 4)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 350_000), make([]float32, 350_000)
	run := func() { c.Run(pool, unsafe.Pointer(&y[0]), unsafe.Pointer(&x[0])) }
	for range 20 {
		run()
	}
	if n := testing.AllocsPerRun(50, run); n >= 1 {
		t.Errorf("%v allocations a run", n)
	}
}

func benchCopy(b *testing.B, size int, dims, permutation []int) {
	for _, level := range Levels() {
		b.Run(level.String(), func(b *testing.B) {
			pool := NewPool(2)
			defer pool.Close()
			c, err := New(level).CompileTranspose(dims, permutation, size)
			if err != nil {
				b.Fatal(err)
			}
			n := product(dims) * size
			src, dst := make([]byte, n), make([]byte, n)
			b.SetBytes(int64(2 * n))
			for b.Loop() {
				c.Run(pool, unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]))
			}
		})
	}
}

func BenchmarkCopyDense(b *testing.B)       { benchCopy(b, 4, []int{4000, 4000}, []int{0, 1}) }
func BenchmarkTranspose(b *testing.B)       { benchCopy(b, 4, []int{4000, 4000}, []int{1, 0}) }
func BenchmarkTranspose4096(b *testing.B)   { benchCopy(b, 4, []int{4096, 4096}, []int{1, 0}) }
func BenchmarkTransposeImages(b *testing.B) { benchCopy(b, 4, []int{16, 4096, 64}, []int{0, 2, 1}) }
func BenchmarkTransposeHeads(b *testing.B)  { benchCopy(b, 4, []int{64, 128, 8, 64}, []int{0, 2, 1, 3}) }
