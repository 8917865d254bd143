// Package weights reads and writes named tensors: the weights of models, the state of optimisers, codes of images.
//
// The format is safetensors: eight bytes with the length of a JSON header, the header (name, type, shape and byte
// range of every tensor, and free text metadata), then the tensors' values, little-endian and row-major, without
// gaps. Every machine-learning tool reads it, and reading it runs no code.
//
// Supported are the types BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64 and F64. The 8-bit
// floating-point types and those smaller than a byte are not.
//
// [Write] is atomic and its bytes depend on the content only. It adds a checksum of names, types, shapes, values and
// metadata (see [ChecksumKey]), which [Read] verifies where it is present: a file cut short or with a bit flipped is
// an error, never wrong numbers.
//
// A header is not trusted: whatever it says, memory use is bounded by a small multiple of the size of the file.
package weights
