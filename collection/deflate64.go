package collection

import (
	"errors"
	"math/bits"
)

// errDeflate is the reason of compressed data that breaks the rules of its format.
var errDeflate = errors.New("is damaged: its compression cannot be read")

// Deflate64 is DEFLATE (RFC 1951) with three changes: matches reach back 64 KiB, the distance codes 30 and 31 are in
// use, and length code 285 is followed by 16 bits that are added to 3. Windows writes it into zips above 2 GB.
type deflate64 struct {
	in  []byte
	out []byte
	max int

	held  uint64 // bits that were read and not yet used, the next lowest
	count uint   // how many
}

// inflate64 decompresses all of data, which must become size bytes.
func inflate64(data []byte, size int) ([]byte, error) {
	d := &deflate64{in: data, max: size}
	// Each byte can become a few thousand: a larger size is not believed before it is reached.
	d.out = make([]byte, 0, min(size, 1032*len(data)+64))
	for last := false; !last; {
		header, ok := d.bits(3)
		if !ok {
			return nil, errDeflate
		}
		last = header&1 != 0
		var done bool
		switch header >> 1 {
		case 0:
			done = d.stored()
		case 1:
			done = d.compressed(fixedLengths())
		case 2:
			var lengths, distances *prefixCode
			if lengths, distances, done = d.dynamic(); done {
				done = d.compressed(lengths, distances)
			}
		}
		if !done {
			return nil, errDeflate
		}
	}
	if len(d.out) != size {
		return nil, errShorter
	}
	return d.out, nil
}

// fill makes at least n bits available, zeros after the end of the data.
func (d *deflate64) fill(n uint) {
	for d.count < n {
		if len(d.in) > 0 {
			d.held |= uint64(d.in[0]) << d.count
			d.in = d.in[1:]
		}
		d.count += 8
	}
}

// bits takes n bits, at most 32. It is false when the data has ended long ago; a few bits beyond the end are found by
// the length of what comes out.
func (d *deflate64) bits(n uint) (uint32, bool) {
	ended := len(d.in) == 0 && d.count < n
	d.fill(n)
	v := uint32(d.held & (1<<n - 1))
	d.held >>= n
	d.count -= n
	return v, !ended
}

// stored copies a block that is not compressed.
func (d *deflate64) stored() bool {
	d.bits(d.count % 8)
	length, ok1 := d.bits(16)
	inverse, ok2 := d.bits(16)
	if !ok1 || !ok2 || length != ^inverse&0xffff || len(d.out)+int(length) > d.max {
		return false
	}
	for ; length > 0 && d.count > 0; length-- {
		b, _ := d.bits(8)
		d.out = append(d.out, byte(b))
	}
	if int(length) > len(d.in) {
		return false
	}
	d.out = append(d.out, d.in[:length]...)
	d.in = d.in[length:]
	return true
}

// compressed copies literals and matches up to the end of a block.
func (d *deflate64) compressed(lengths, distances *prefixCode) bool {
	for {
		symbol, ok := lengths.next(d)
		switch {
		case !ok:
			return false
		case symbol < 256:
			if len(d.out) == d.max {
				return false
			}
			d.out = append(d.out, byte(symbol))
			continue
		case symbol == 256:
			return true
		}
		length, ok := d.extended(symbol-257, lengthExtra[:], lengthBase[:])
		if !ok {
			return false
		}
		if symbol, ok = distances.next(d); !ok {
			return false
		}
		distance, ok := d.extended(symbol, distanceExtra[:], distanceBase[:])
		if !ok || distance > len(d.out) || length > d.max-len(d.out) {
			return false
		}
		// A match may reach into what it makes itself, so it is copied in pieces that are there.
		for length > 0 {
			from := len(d.out) - distance
			n := min(length, distance)
			d.out = append(d.out, d.out[from:from+n]...)
			length -= n
		}
	}
}

func (d *deflate64) extended(symbol int, extra []uint8, base []int) (int, bool) {
	if symbol >= len(extra) {
		return 0, false
	}
	more, ok := d.bits(uint(extra[symbol]))
	return base[symbol] + int(more), ok
}

// The bits that follow the codes of lengths (257 to 285) and distances (0 to 31), and what they are added to.
var (
	lengthExtra   = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16}
	distanceExtra = [32]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14}
	lengthBase    = lengthBases()
	distanceBase  = distanceBases()
)

func lengthBases() (base [29]int) {
	at := 3
	for i := range base {
		base[i] = at
		at += 1 << lengthExtra[i]
	}
	base[28] = 3
	return base
}

func distanceBases() (base [32]int) {
	at := 1
	for i := range base {
		base[i] = at
		at += 1 << distanceExtra[i]
	}
	return base
}

// codeOrder is the order in which the lengths of the code for code lengths are stored.
var codeOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the two codes of a block.
func (d *deflate64) dynamic() (lengths, distances *prefixCode, ok bool) {
	counts, ok := d.bits(14)
	if !ok {
		return nil, nil, false
	}
	nLengths, nDistances, nCodes := int(counts&31)+257, int(counts>>5&31)+1, int(counts>>10)+4
	var first [19]uint8
	for _, at := range codeOrder[:nCodes] {
		n, ok := d.bits(3)
		if !ok {
			return nil, nil, false
		}
		first[at] = uint8(n)
	}
	code, ok := newPrefixCode(first[:])
	if !ok {
		return nil, nil, false
	}
	var all [288 + 32]uint8
	for i := 0; i < nLengths+nDistances; {
		symbol, ok := code.next(d)
		if !ok {
			return nil, nil, false
		}
		value, times, least, width := uint8(symbol), 1, 0, uint(0)
		switch symbol {
		case 16:
			if i == 0 {
				return nil, nil, false
			}
			value, least, width = all[i-1], 3, 2
		case 17:
			value, least, width = 0, 3, 3
		case 18:
			value, least, width = 0, 11, 7
		}
		if least > 0 {
			more, ok := d.bits(width)
			if !ok {
				return nil, nil, false
			}
			times = least + int(more)
		}
		if i+times > nLengths+nDistances {
			return nil, nil, false
		}
		for range times {
			all[i] = value
			i++
		}
	}
	lengths, ok1 := newPrefixCode(all[:nLengths])
	distances, ok2 := newPrefixCode(all[nLengths : nLengths+nDistances])
	return lengths, distances, ok1 && ok2
}

// fixedLengths returns the codes of blocks that bring none.
func fixedLengths() (lengths, distances *prefixCode) {
	var all [288]uint8
	for i := range all {
		switch {
		case i < 144 || i >= 280:
			all[i] = 8
		case i < 256:
			all[i] = 9
		default:
			all[i] = 7
		}
	}
	all[256] = 7
	lengths, _ = newPrefixCode(all[:])
	var five [32]uint8
	for i := range five {
		five[i] = 5
	}
	distances, _ = newPrefixCode(five[:])
	return lengths, distances
}

// maxCodeBits is the length of the longest code word.
const maxCodeBits = 15

// prefixCode is a canonical Huffman code: how many words each length has, and the symbols in the order of their
// words. The short words are also looked up at once.
type prefixCode struct {
	counts  [maxCodeBits + 1]uint16
	symbols []uint16
	short   [1 << shortBits]uint16 // symbol<<4 | length; 0 where no short word starts so
}

const shortBits = 9

// newPrefixCode makes the code of words of the given lengths, 0 for symbols that do not occur. A code that needs more
// words than there are is refused; one that leaves some unused, as that of a single distance does, is taken.
func newPrefixCode(lengths []uint8) (*prefixCode, bool) {
	c := &prefixCode{symbols: make([]uint16, len(lengths))}
	for _, n := range lengths {
		c.counts[n]++
	}
	c.counts[0] = 0
	free := 1
	var at, word [maxCodeBits + 2]uint16
	for n := 1; n <= maxCodeBits; n++ {
		free = 2*free - int(c.counts[n])
		if free < 0 {
			return nil, false
		}
		at[n+1] = at[n] + c.counts[n]
		word[n+1] = (word[n] + c.counts[n]) << 1
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		c.symbols[at[n]] = uint16(symbol)
		at[n]++
		if n <= shortBits {
			start := bits.Reverse16(word[n]) >> (16 - n)
			for i := int(start); i < len(c.short); i += 1 << n {
				c.short[i] = uint16(symbol)<<4 | uint16(n)
			}
		}
		word[n]++
	}
	return c, true
}

// next reads a symbol.
func (c *prefixCode) next(d *deflate64) (int, bool) {
	ended := len(d.in) == 0
	had := d.count
	d.fill(maxCodeBits)
	if found := c.short[d.held&(1<<shortBits-1)]; found != 0 {
		n := uint(found & 15)
		d.held >>= n
		d.count -= n
		return int(found >> 4), !ended || n <= had
	}
	var word, first, index int
	for n := uint(1); n <= maxCodeBits; n++ {
		word |= int(d.held >> (n - 1) & 1)
		count := int(c.counts[n])
		if word-first < count {
			d.held >>= n
			d.count -= n
			return int(c.symbols[index+word-first]), !ended || n <= had
		}
		index += count
		first = (first + count) << 1
		word <<= 1
	}
	return 0, false
}
