//go:build !amd64

package kernel

func bestLevel() Level { return Portable }
