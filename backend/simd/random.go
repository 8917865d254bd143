package simd

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"unsafe"
)

// randomStep draws bits. The generator and its state are those of GoMLX's Go backend, so that the same state gives
// the same bits on both: a PCG of math/rand/v2 whose two words are the first two of the state.
type randomStep struct {
	state, newState, values view
}

// lowerRandom makes the step of compute.OpTypeRNGBitGenerator.
func lowerRandom(l *lowering, n *node) bool {
	if n.outputs[1].shape.DType.IsPacked() {
		return false
	}
	s := &randomStep{state: l.dense(n.inputs[0]), newState: l.define(n.outputs[0]), values: l.define(n.outputs[1])}
	l.items = append(l.items, &item{position: l.position, step: s, reads: []*tensor{s.state.tensor},
		writes: []*tensor{s.newState.tensor, s.values.tensor}})
	return true
}

func (s *randomStep) kind() string { return "random" }

func (s *randomStep) run(x *frame) error {
	state := (*[3]uint64)(s.state.address(x))
	newState := (*[3]uint64)(s.newState.address(x))
	rng := rand.NewPCG(state[0], state[1])
	bytes := unsafe.Slice((*byte)(s.values.address(x)), s.values.tensor.bytes())
	for len(bytes) >= 8 {
		binary.LittleEndian.PutUint64(bytes, rng.Uint64())
		bytes = bytes[8:]
	}
	if len(bytes) > 0 {
		var last [8]byte
		binary.LittleEndian.PutUint64(last[:], rng.Uint64())
		copy(bytes, last[:])
	}
	// The state is read as the Go backend reads it: little-endian from the generator's own big-endian encoding after
	// its name, "pcg:".
	encoded, err := rng.AppendBinary(make([]byte, 0, 20))
	if err != nil || len(encoded) != 20 {
		return fmt.Errorf("simd: state of the random generator: %d bytes, %v", len(encoded), err)
	}
	newState[0] = binary.LittleEndian.Uint64(encoded[4:])
	newState[1] = binary.LittleEndian.Uint64(encoded[12:])
	newState[2] = state[2]
	return nil
}

func (s *randomStep) String() string {
	return fmt.Sprintf("random %s -> %s, %s", s.state, s.newState, s.values)
}
