package collection

import (
	"archive/tar"
	"context"
	"io"
)

// tarLinks are the hard links of a tar: further names of files that are in it, which to everybody but the archive are
// files like the others.
type tarLinks struct{ found []tarLink }

type tarLink struct{ name, target string }

// follow offers the files that the links are names of. It reads the archive once more, since a target may be a file
// that nobody asked for under its own name.
func (l *tarLinks) follow(ctx context.Context, t *tarShard, f *finder) error {
	names := map[string][]string{} // all links to a file, links to links included
	linked := map[string]string{}
	for _, link := range l.found {
		target := link.target
		for further, ok := linked[target]; ok; further, ok = linked[target] {
			target = further
		}
		if target == link.name {
			continue
		}
		linked[link.name] = target
		names[target] = append(names[target], link.name)
	}
	err := t.walk(ctx, nil, func(at int64, h *tar.Header, r io.Reader) error {
		target := entryName(h.Name)
		if h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeDir || names[target] == nil {
			return nil
		}
		refused := tarRefusal(h, t.compressed)
		for i, name := range names[target] {
			// Only the first can read the content; tables and files that are told by their first bytes need it.
			if role, _ := roleOf(name); i > 0 && role != roleImage {
				refused = "is a link in an archive: not followed"
			}
			if err := f.offer(name, at, h.Size, refused, func() (io.Reader, error) { return r, nil }); err != nil {
				return err
			}
		}
		delete(names, target)
		return nil
	})
	if err != nil {
		return err
	}
	for _, link := range l.found {
		target, ok := linked[link.name]
		if role, _ := roleOf(link.name); role == roleImage && (!ok || names[target] != nil) {
			f.image(link.name, "is a link to a file that is not in the archive", 0, 0)
		}
	}
	return nil
}
