package kernel

import "unsafe"

// nothing is a repeated operand of zeros, which nobody writes to.
var nothing [splat]float32

// PassActive sets the values of gradient to 0 where those of hidden are 0: what rectified units of these values hand back of a
// gradient. Both are of one length. It runs on the calling goroutine.
func (k *Kernels) PassActive(gradient, hidden []float32) {
	n := len(gradient)
	if n == 0 {
		return
	}
	args := k.vector.calls.get()
	at := unsafe.Pointer(&gradient[0])
	*args = call{dst: at, a: unsafe.Pointer(&hidden[:n][0]), b: at, c: unsafe.Pointer(&nothing), stepA: 1, stepB: 1, n: n}
	k.vector.ops[OpSelect](args)
	*args = call{} // keep no operand alive
	k.vector.calls.put(args)
}

// AddRows adds to to, of n values, one after the other the rows of n values each that lie behind one another in rows. It runs on
// the calling goroutine.
func (k *Kernels) AddRows(to, rows []float32) {
	n := len(to)
	if n == 0 || len(rows) == 0 {
		return
	}
	args := k.vector.calls.get()
	at := unsafe.Pointer(&to[0])
	*args = call{dst: at, a: at, stepA: 1, stepB: 1, n: n}
	for ; len(rows) >= n; rows = rows[n:] {
		args.b = unsafe.Pointer(&rows[0])
		k.vector.ops[OpAdd](args)
	}
	*args = call{}
	k.vector.calls.put(args)
}
