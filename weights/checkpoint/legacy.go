package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The legacy format is a sequence of pickles: a magic number, the version of the format, facts about the machine, the
// object, and the list of the storages' keys. Then for each key, in this order, follow the number of elements in 8
// bytes and the elements.
const (
	legacyVersion   = 1001
	legacyCountSize = 8
)

// legacyMagic is the number 0x1950a86a20f9469cfc6c, as a pickle holds it.
var legacyMagic = longInt{0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19}

// legacy finds storages in such a file.
type legacy struct {
	reader io.ReaderAt
	size   int64
	places map[string]place // of the elements of each storage
}

// place is where bytes lie. Those of different storages do not overlap, so that all together are no more than the
// file.
type place struct{ offset, size int64 }

// openLegacy runs the pickles of a legacy file.
func openLegacy(r io.ReaderAt, size int64, limit int) (any, storageReader, error) {
	m := newMachine(io.NewSectionReader(r, 0, size), size, limit)
	var pickles [5]any
	for i := range pickles {
		var err error
		if pickles[i], err = m.run(); err != nil {
			return nil, nil, err
		}
		if magic, ok := pickles[0].(longInt); !ok || !bytes.Equal(magic, legacyMagic) {
			return nil, nil, errors.New("it is a pickle, but not one of torch.save")
		}
	}
	version, facts, object, keys := pickles[1], pickles[2], pickles[3], pickles[4]
	if version != any(int64(legacyVersion)) {
		return nil, nil, fmt.Errorf("the version of the format is not %d", legacyVersion)
	}
	if facts, ok := facts.(*dict); ok {
		if little, _ := facts.text("little_endian"); little == any(false) {
			return nil, nil, errors.New("its numbers are not little-endian: save the checkpoint again on a little-endian machine")
		}
	}
	names, ok := keys.(*list)
	if !ok {
		return nil, nil, errors.New("the list of storages is " + describe(keys))
	}
	l := &legacy{reader: r, size: size, places: map[string]place{}}
	return object, l, l.locate(names.items, m.storages, m.source.offset)
}

// locate finds the storages, which lie one after the other from offset.
func (l *legacy) locate(names []any, storages map[string]*storage, offset int64) error {
	for _, name := range names {
		key, _ := name.(string)
		s, ok := storages[key]
		if !ok {
			return errors.New("the list of storages names one that no tensor refers to")
		}
		dtype, ok := dtypes[s.kind.name]
		if !ok {
			return fmt.Errorf("elements of %.50q are not supported", s.kind)
		}
		if _, taken := l.places[key]; taken {
			return fmt.Errorf("storage %.20q is there twice", key)
		}
		var head [legacyCountSize]byte
		if _, err := l.reader.ReadAt(head[:], offset); err != nil {
			return fmt.Errorf("storage %.20q is cut short: %w", key, err)
		}
		offset += legacyCountSize
		if count := binary.LittleEndian.Uint64(head[:]); count != uint64(s.count) {
			return fmt.Errorf("storage %.20q has %d elements, not the %d that its tensors expect", key, count, s.count)
		}
		if s.count > (l.size-offset)/int64(dtype.Size()) {
			return fmt.Errorf("storage %.20q is cut short: %d elements are to follow, %d bytes do", key, s.count, l.size-offset)
		}
		elements := place{offset, s.count * int64(dtype.Size())}
		l.places[key] = elements
		offset += elements.size
	}
	return nil
}

func (l *legacy) read(key string, size int64) ([]byte, error) {
	at, ok := l.places[key]
	if !ok {
		return nil, fmt.Errorf("the file holds no storage %.20q", key)
	}
	if size != at.size {
		return nil, fmt.Errorf("storage %.20q takes %d bytes, the file holds %d", key, size, at.size)
	}
	data := make([]byte, size)
	if n, err := l.reader.ReadAt(data, at.offset); n < len(data) {
		return nil, err
	}
	return data, nil
}
