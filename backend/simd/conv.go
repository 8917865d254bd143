package simd

// lowerConv makes the step of compute.OpTypeConvGeneral.
func lowerConv(*lowering, *node) bool { return false }
