package kernel

//go:generate go run ./internal/gen/gemm -dir .

func matrixKernelsOf(level Level) matrixKernels {
	switch level {
	case AVX512:
		return matrixKernels{
			lanes: 16, vectors: 2, quads: 3,
			tile: [maxQuads + 1][maxVectors + 1]func(*tileCall){
				1: {1: tile1x1AVX512, 2: tile1x2AVX512},
				2: {1: tile2x1AVX512, 2: tile2x2AVX512},
				3: {1: tile3x1AVX512, 2: tile3x2AVX512},
			},
			pack: [maxQuads + 1][maxVectors + 1]func(*tileCall){
				1: {1: pack1x1AVX512, 2: pack1x2AVX512},
				2: {1: pack2x1AVX512, 2: pack2x2AVX512},
				3: {1: pack3x1AVX512, 2: pack3x2AVX512},
			},
			copyPanels: copyPanelsAVX512, transpose: transposeAVX512, finish: finishRowAVX512,
		}
	case AVX2:
		return matrixKernels{
			lanes: 8, vectors: 3, quads: 1,
			tile: [maxQuads + 1][maxVectors + 1]func(*tileCall){
				1: {1: tile1x1AVX2, 2: tile1x2AVX2, 3: tile1x3AVX2},
			},
			pack: [maxQuads + 1][maxVectors + 1]func(*tileCall){
				1: {1: pack1x1AVX2, 2: pack1x2AVX2, 3: pack1x3AVX2},
			},
			copyPanels: copyPanelsAVX2, transpose: transposeAVX2, finish: finishRowAVX2,
		}
	default:
		return portableMatrix
	}
}
