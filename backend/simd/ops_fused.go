package simd

import (
	"fmt"

	"github.com/gomlx/compute"
)

// The operations of [compute.FusedOps]. Those that are a few other operations of this backend are recorded as these
// (see composed.go), and the schedule fuses them with what stands around them. The others are delegated.

func notFused(op compute.OpType) error {
	return fmt.Errorf("simd: %s is fused from its parts: %w", op, compute.ErrNotImplemented)
}

// optional splits operands of which some may be nil into those that are there and a function that puts nil back
// between the values that stand for them.
func optional(operands ...compute.Value) (given []compute.Value, restore func(in []compute.Value) []compute.Value) {
	present := make([]bool, len(operands))
	for i, operand := range operands {
		if operand != nil {
			present[i] = true
			given = append(given, operand)
		}
	}
	return given, func(in []compute.Value) []compute.Value {
		all, next := make([]compute.Value, len(present)), 0
		for i, there := range present {
			if there {
				all[i] = in[next]
				next++
			}
		}
		return all
	}
}

// FusedScaledDotProductAttention returns [compute.ErrNotImplemented].
func (f *Function) FusedScaledDotProductAttention(_, _, _ compute.Value, _ compute.AttentionAxesLayout,
	_ *compute.ScaledDotProductAttentionConfig) (compute.Value, []compute.Value, error) {
	return nil, nil, notFused(compute.OpTypeFusedScaledDotProductAttention)
}

// FusedScaledDotProductAttentionVJP returns [compute.ErrNotImplemented].
func (f *Function) FusedScaledDotProductAttentionVJP(_, _, _ compute.Value, _ compute.AttentionAxesLayout,
	_ *compute.ScaledDotProductAttentionConfig, _ compute.Value, _ []compute.Value, _ compute.Value) (
	dQuery, dKey, dValue compute.Value, err error) {
	return nil, nil, nil, notFused(compute.OpTypeFusedScaledDotProductAttentionVJP)
}

// FusedAttentionQKVProjection implements [compute.FusedOps].
func (f *Function) FusedAttentionQKVProjection(x, weights, biasQ, biasK, biasV compute.Value, queryDim, keyValueDim int) (
	query, key, val compute.Value, err error) {
	given, restore := optional(x, weights, biasQ, biasK, biasV)
	outputs, err := f.record(&node{op: compute.OpTypeFusedAttentionQKVProjection,
		emit: many(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
			in = restore(in)
			q, k, v, err := g.FusedAttentionQKVProjection(in[0], in[1], in[2], in[3], in[4], queryDim, keyValueDim)
			return []compute.Value{q, k, v}, err
		})}, given...)
	if err != nil {
		return nil, nil, nil, err
	}
	return outputs[0], outputs[1], outputs[2], nil
}

// quantized splits a quantization into its settings and its operands, which may be nil.
func quantized(q *compute.Quantization) (settings compute.Quantization, scale, zero compute.Value) {
	if q == nil {
		return settings, nil, nil
	}
	settings = *q
	settings.Scale, settings.ZeroPoint = nil, nil
	return settings, q.Scale, q.ZeroPoint
}

// FusedQuantizedDense implements [compute.FusedOps].
func (f *Function) FusedQuantizedDense(x, weights, bias compute.Value, quantization *compute.Quantization,
	activation compute.ActivationType) (compute.Value, error) {
	settings, scale, zero := quantized(quantization)
	given, restore := optional(x, weights, bias, scale, zero)
	return f.recordOne(&node{op: compute.OpTypeFusedQuantizedDense,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			in = restore(in)
			if quantization == nil {
				return g.FusedQuantizedDense(in[0], in[1], in[2], nil, activation)
			}
			q := settings
			q.Scale, q.ZeroPoint = in[3], in[4]
			return g.FusedQuantizedDense(in[0], in[1], in[2], &q, activation)
		})}, given...)
}

// QuantizedEmbeddingLookup implements [compute.FusedOps].
func (f *Function) QuantizedEmbeddingLookup(data, indices compute.Value, quantization *compute.Quantization) (compute.Value, error) {
	settings, scale, zero := quantized(quantization)
	given, restore := optional(data, indices, scale, zero)
	return f.recordOne(&node{op: compute.OpTypeQuantizedEmbeddingLookup,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			in = restore(in)
			if quantization == nil {
				return g.QuantizedEmbeddingLookup(in[0], in[1], nil)
			}
			q := settings
			q.Scale, q.ZeroPoint = in[2], in[3]
			return g.QuantizedEmbeddingLookup(in[0], in[1], &q)
		})}, given...)
}
