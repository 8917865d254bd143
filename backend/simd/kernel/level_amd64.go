package kernel

import "golang.org/x/sys/cpu"

// bestLevel asks the processor, and through it the operating system, which vector registers may be used.
func bestLevel() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Portable
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return AVX512
	default:
		return AVX2
	}
}
