package kernel

// vectorFor returns the kernels on arrays of a level.
func vectorFor(level Level) *vectorTable {
	t := portableVector()
	return t
}
