package collection

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"sort"
)

// openCollection returns a collection from the cache, building what is not there or damaged.
func openCollection(ctx context.Context, s Spec, o Options) (*Collection, error) {
	src, o, err := openFramed(ctx, s, o)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	stamps := stampsOf(src)
	c, err := openCatalog(ctx, src, s, o, stamps)
	if err != nil {
		return nil, err
	}
	rows, t, err := c.taken(s, o)
	if err != nil {
		return nil, err
	}
	key := cacheKey(stamps, t.Files, o)
	path := cachePath(o.CacheDir, key)
	f, err := openCache(ctx, path, s.Name, key, o)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCache) {
		if err := build(ctx, src, s, o, c, rows, path, key); err != nil {
			return nil, err
		}
		f, err = openCache(ctx, path, s.Name, key, o)
	}
	if err != nil {
		return nil, err
	}
	used(path)
	t.add(f.outcome)
	f.table = t
	collection := collectionOf(s, f)
	if o.Strict && len(collection.Skipped) > 0 {
		f.data.unmap()
		return nil, &UnreadableError{s.Name, collection.Skipped}
	}
	return collection, nil
}

// openFramed opens the source of a collection, and sets the frame that its images are cut to.
func openFramed(ctx context.Context, s Spec, o Options) (source, Options, error) {
	if err := s.Frame.check(s.Name); err != nil {
		return nil, o, err
	}
	o.Frame = s.Frame
	src, err := openSource(ctx, s, o)
	return src, o, err
}

// build decodes rows of a source into the cache file at path.
func build(ctx context.Context, src source, s Spec, o Options, c *catalog, rows []int, path string, key digest) error {
	h := cacheHeader{size: o.Size, channels: o.channels(), rows: len(rows), key: key, about: about{
		Path: s.Path, Images: len(rows), Size: o.Size, Channels: o.channels(),
	}}
	if !o.Frame.Whole() {
		h.about.Frame = &o.Frame
	}
	w, err := createCache(path, h)
	if err != nil {
		return err
	}
	defer w.abort()
	d, err := decodeAll(ctx, src, c.entries, rows, s.Name, o, w)
	if err == nil {
		err = d.evenDepth(ctx, src, rows)
	}
	if err != nil {
		return err
	}
	files := make([]string, len(rows))
	for i, row := range rows {
		files[i] = c.entries[row].file
	}
	outcome := d.outcome(files)
	if n := len(outcome.Skipped); n == len(rows) {
		return &EmptyError{s.Name, s.Path, n, Skipped{files[0], outcome.Skipped[0].Reason}}
	}
	return w.finish(ctx, outcome)
}

// choose returns the rows to take of those given, ascending: those whose identities have the smallest seeded hashes,
// which is a uniform choice that a change in the order or number of the others does not touch. Images with a pair are
// chosen by its value, so that every collection keeps the same pairs.
func choose(c *catalog, rows []int, o Options) []int {
	if o.MaxImages == 0 || o.MaxImages >= len(rows) {
		return rows
	}
	pair := c.column(LabelPair)
	type rank struct{ subject, file uint64 }
	ranks := make([]rank, len(c.entries))
	for i, e := range c.entries {
		ranks[i].file = seededHash(o.Seed, "choose", e.file)
		ranks[i].subject = ranks[i].file
		if pair != nil {
			if v, ok := pair.at(i); ok {
				ranks[i].subject = seededHash(o.Seed, "choose pair", v)
			}
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := ranks[rows[i]], ranks[rows[j]]
		if a.subject != b.subject {
			return a.subject < b.subject
		}
		if a.file != b.file {
			return a.file < b.file
		}
		return rows[i] < rows[j]
	})
	rows = slices.Clone(rows[:o.MaxImages])
	slices.Sort(rows)
	return rows
}

// seededHash is a number that is uniform over seeds and fixed for a seed, a purpose and an identity.
func seededHash(seed uint64, purpose, identity string) uint64 {
	b := binary.LittleEndian.AppendUint64(nil, seed)
	b = append(b, purpose...)
	b = append(b, 0)
	b = append(b, identity...)
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:])
}
