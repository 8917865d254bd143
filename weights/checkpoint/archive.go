package checkpoint

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// archive is a checkpoint as a zip: a folder with data.pkl, and data/KEY for the bytes of each storage, none of them
// compressed.
type archive struct {
	files  map[string]*zip.File
	folder string
	size   int64 // of the whole archive
	unread int64 // what members may still take: size less what was read
}

// openArchive runs the pickle of an archive.
func openArchive(r io.ReaderAt, size int64, limit int) (any, storageReader, error) {
	reader, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("its zip archive is damaged or cut short: %w", err)
	}
	a := &archive{files: map[string]*zip.File{}, size: size, unread: size}
	var pickle *zip.File
	for _, file := range reader.File {
		if a.files[file.Name] != nil {
			return nil, nil, fmt.Errorf("the archive holds %.100q twice", file.Name)
		}
		a.files[file.Name] = file
		if folder, ok := strings.CutSuffix(file.Name, "data.pkl"); ok && strings.Count(folder, "/") <= 1 {
			if pickle != nil {
				return nil, nil, errors.New("the archive holds two checkpoints")
			}
			pickle, a.folder = file, folder
		}
	}
	if pickle == nil {
		return nil, nil, errors.New("the archive holds no data.pkl")
	}
	if order, ok := a.files[a.folder+"byteorder"]; ok {
		if text, err := a.content(order, 16); err != nil || string(text) != "little" {
			return nil, nil, errors.New("its numbers are not little-endian: save the checkpoint again on a little-endian machine")
		}
	}
	stream, err := a.open(pickle)
	if err != nil {
		return nil, nil, err
	}
	defer stream.Close()
	value, err := newMachine(stream, int64(pickle.UncompressedSize64), limit).run()
	return value, a, err
}

func (a *archive) read(key string, size int64) ([]byte, error) {
	file, ok := a.files[a.folder+"data/"+key]
	if !ok {
		return nil, fmt.Errorf("the archive holds no storage %.20q", key)
	}
	if file.UncompressedSize64 != uint64(size) {
		return nil, fmt.Errorf("storage %.20q takes %d bytes, the archive holds %d", key, size, file.UncompressedSize64)
	}
	return a.content(file, size)
}

// content reads a member of at most limit bytes.
func (a *archive) content(file *zip.File, limit int64) ([]byte, error) {
	stream, err := a.open(file)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	size := int64(file.UncompressedSize64)
	if size > limit || size > a.unread {
		return nil, fmt.Errorf("%.100q is larger than the archive can hold", file.Name)
	}
	a.unread -= size
	data := make([]byte, size)
	if _, err := io.ReadFull(stream, data); err != nil {
		return nil, fmt.Errorf("%.100q: %w", file.Name, err)
	}
	// The checksum is compared at the end only.
	if _, err := stream.Read(make([]byte, 1)); err != io.EOF {
		return nil, fmt.Errorf("%.100q: %w", file.Name, err)
	}
	return data, nil
}

// open starts reading a member. A compressed one is refused, for a few bytes of it could become gigabytes.
func (a *archive) open(file *zip.File) (io.ReadCloser, error) {
	if file.Method != zip.Store {
		return nil, fmt.Errorf("%.100q is compressed, which torch.save does not do: extract the archive and save the checkpoint again", file.Name)
	}
	if file.UncompressedSize64 > uint64(a.size) {
		return nil, fmt.Errorf("%.100q is larger than the archive", file.Name)
	}
	stream, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%.100q: %w", file.Name, err)
	}
	return stream, nil
}
