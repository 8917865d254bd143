package kernel

// Matrix is a view of a float32 matrix in memory: element (i, j) is Data[i*RowStride+j*ColStride]. Strides are in
// elements and at least zero.
type Matrix struct {
	Data                 []float32
	Rows, Cols           int
	RowStride, ColStride int
}

// T returns the transposed view of m.
func (m Matrix) T() Matrix {
	return Matrix{m.Data, m.Cols, m.Rows, m.ColStride, m.RowStride}
}

// block returns the view of the rows and columns from i and j on.
func (m Matrix) block(i, j, rows, cols int) Matrix {
	m.Data, m.Rows, m.Cols = m.Data[i*m.RowStride+j*m.ColStride:], rows, cols
	return m
}

// Activation is a function applied to each element of a product.
type Activation int

const (
	NoActivation Activation = iota
	ReLU                    // max(x, 0)
	LeakyReLU               // x where x >= 0, Alpha*x elsewhere
	Tanh                    // tanh(x)
	Sigmoid                 // 1 / (1 + exp(-x))
	SiLU                    // x * Sigmoid(x)
)

// Epilogue is what happens to a product P before it is stored in C:
//
//	C = Activation(P + Bias)      without Accumulate
//	C = Activation(C + P + Bias)  with it
type Epilogue struct {
	Accumulate bool
	Bias       []float32 // one value for each column of C (output channel of a convolution), or nil
	Activation Activation
	Alpha      float32 // slope of LeakyReLU
}

// Gemm computes C = A B, with an epilogue. A is [M, K], B is [K, N] and C is [M, N], each with any strides; C
// overlaps neither A nor B. K may be zero: the product is then zero.
//
// An element of C is summed in an order that depends on M, N, K and the strides only, so its bits do not depend on
// the pool.
func (k *Kernels) Gemm(p *Pool, c, a, b Matrix, e Epilogue) {
	k.gemm(p, c, a, b, e)
}

// BatchGemm computes batch products of equal shape with one epilogue. The operands of product i start i*strideC,
// i*strideA and i*strideB elements behind those of the first, whose Data reach to the end of the last. A stride of A
// or B may be zero: all products then share the operand.
func (k *Kernels) BatchGemm(p *Pool, batch int, c, a, b Matrix, strideC, strideA, strideB int, e Epilogue) {
	if batch < 1 || c.Rows < 1 || c.Cols < 1 {
		return
	}
	j := k.batches.get()
	defer k.batches.put(j)
	*j = batchedProduct{
		k: k, c: c, a: a, b: b, e: e,
		strideC: strideC, strideA: strideA, strideB: strideB, multiply: j.multiply,
	}
	if j.multiply == nil {
		j.multiply = j.one
	}
	if batch < 2*p.Workers() && work(c, a) >= sharedWork {
		for i := range batch {
			j.product(p, i)
		}
	} else {
		p.Run(batch, j.multiply)
	}
	*j = batchedProduct{multiply: j.multiply} // keep no operand alive
}

// batchedProduct is one call of BatchGemm.
type batchedProduct struct {
	k                         *Kernels
	c, a, b                   Matrix
	strideC, strideA, strideB int
	e                         Epilogue
	multiply                  func(worker, i int)
}

// one computes product i on one worker.
func (j *batchedProduct) one(worker, i int) { j.product(nil, i) }

func (j *batchedProduct) product(p *Pool, i int) {
	c, a, b := j.c, j.a, j.b
	c.Data = c.Data[i*j.strideC:]
	if a.Cols > 0 {
		a.Data, b.Data = a.Data[i*j.strideA:], b.Data[i*j.strideB:]
	}
	j.k.gemm(p, c, a, b, j.e)
}
