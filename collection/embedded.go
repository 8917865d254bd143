package collection

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
	"strconv"

	"github.com/dataprism/dataprism/internal/codec/tiff"
)

// embedded is what a file says of its image beside the pixels. Each part is nil where there is none.
type embedded struct {
	exif    []byte // built like a TIFF
	xmp     []byte // XML
	profile []byte // ICC
}

// The largest parts that are decompressed or put together.
const (
	maxEmbeddedText    = 1 << 20
	maxEmbeddedProfile = 4 << 20
)

// turn is the orientation that EXIF tells, else XMP. Whatever cannot be read is taken as upright: the tag is a hint,
// and no reason to lose an image.
func (e embedded) turn() orientation {
	if o, ok := exifOrientation(e.exif); ok {
		return o
	}
	if o, ok := xmpOrientation(e.xmp); ok {
		return o
	}
	return upright
}

// exifOrientation reads the orientation from an EXIF block.
func exifOrientation(block []byte) (orientation, bool) {
	d, err := tiff.ReadDirectory(block)
	if err != nil {
		return 0, false
	}
	v := d.Uint(tiff.TagOrientation, 0)
	return orientation(v), v >= 1 && v <= 8
}

// xmpTurn is the property tiff:Orientation, as an attribute or as an element.
var xmpTurn = regexp.MustCompile(`tiff:Orientation\s*(?:=\s*["']|>\s*)([1-8])\b`)

func xmpOrientation(xml []byte) (orientation, bool) {
	found := xmpTurn.FindSubmatch(xml[:min(len(xml), maxEmbeddedText)])
	if found == nil {
		return 0, false
	}
	v, err := strconv.Atoi(string(found[1]))
	return orientation(v), err == nil
}

// jpegEmbedded reads the segments before the first scan.
func jpegEmbedded(data []byte) (e embedded) {
	var parts [256][]byte
	total := 0
	for marker, segment := range jpegSegments(data) {
		switch {
		case marker == jpegAPP1 && e.exif == nil && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			e.exif = segment[6:]
		case marker == jpegAPP1 && e.xmp == nil && bytes.HasPrefix(segment, []byte("http://ns.adobe.com/xap/1.0/\x00")):
			e.xmp = segment[29:]
		case marker == jpegAPP2 && len(segment) > 14 && bytes.HasPrefix(segment, []byte("ICC_PROFILE\x00")):
			// A profile is cut into parts that are numbered from 1 (ICC.1:2022, annex B.4).
			if n, all := int(segment[12]), int(segment[13]); n >= 1 && n <= all && parts[n] == nil {
				parts[n], total = segment[14:], all
			}
		}
	}
	for n := 1; n <= total; n++ {
		if parts[n] == nil {
			e.profile = nil // one is missing
			break
		}
		e.profile = append(e.profile, parts[n]...)
	}
	return e
}

// pngEmbedded reads the chunks of a PNG. Older programs keep EXIF and XMP as "raw profiles": hexadecimal digits in a
// text.
func pngEmbedded(data []byte) (e embedded) {
	for id, chunk := range pngChunks(data) {
		switch id {
		case "eXIf":
			e.exif = chunk
		case "iCCP":
			if _, rest, ok := bytes.Cut(chunk, []byte{0}); ok && len(rest) > 1 {
				e.profile = inflated(rest[1:], maxEmbeddedProfile)
			}
		case "tEXt", "zTXt", "iTXt":
			keyword, rest, ok := bytes.Cut(chunk, []byte{0})
			if !ok {
				continue
			}
			switch string(keyword) {
			case "XML:com.adobe.xmp":
				e.xmp = pngText(id, rest)
			case "Raw profile type xmp":
				e.xmp = rawProfile(pngText(id, rest))
			case "Raw profile type exif", "Raw profile type APP1":
				if raw := rawProfile(pngText(id, rest)); e.exif == nil {
					e.exif = bytes.TrimPrefix(raw, []byte("Exif\x00\x00"))
				}
			}
		}
	}
	return e
}

// pngText is the text of a chunk, after its keyword (PNG, third edition, section 11.3.3).
func pngText(id string, b []byte) []byte {
	switch id {
	case "zTXt":
		if len(b) > 1 {
			return inflated(b[1:], maxEmbeddedText)
		}
		return nil
	case "iTXt":
		if len(b) < 2 {
			return nil
		}
		compressed, rest := b[0] == 1, b[2:]
		for range 2 { // language and translated keyword
			_, after, ok := bytes.Cut(rest, []byte{0})
			if !ok {
				return nil
			}
			rest = after
		}
		if compressed {
			return inflated(rest, maxEmbeddedText)
		}
		return rest
	}
	return b
}

// rawProfile decodes a text of a line break, a name, a length and hexadecimal digits.
func rawProfile(text []byte) []byte {
	lines := bytes.Fields(text)
	if len(lines) < 3 {
		return nil
	}
	digits := bytes.Join(lines[2:], nil)
	out := make([]byte, len(digits)/2)
	n, err := hex.Decode(out, digits[:len(out)*2])
	if err != nil {
		return nil
	}
	return out[:n]
}

// inflated decompresses at most most bytes; nil is what cannot be.
func inflated(b []byte, most int64) []byte {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return nil
	}
	return out
}

// webpEmbedded reads the chunks of a WebP. Some writers put the prefix of JPEG in front of EXIF.
func webpEmbedded(data []byte) (e embedded) {
	for id, chunk := range riffChunks(data) {
		switch id {
		case "EXIF":
			e.exif = bytes.TrimPrefix(chunk, []byte("Exif\x00\x00"))
		case "XMP ":
			e.xmp = chunk
		case "ICCP":
			e.profile = chunk
		}
	}
	return e
}

// tiffEmbedded reads the fields of a TIFF.
func tiffEmbedded(data []byte, d *tiff.Directory) embedded {
	return embedded{exif: data, xmp: d.Field(tiff.TagXMP), profile: d.Field(tiff.TagICC)}
}

// describe sets what a still takes from what is embedded in its file.
func (s *still) describe(e embedded) *still {
	s.turn, s.profile = e.turn(), e.profile
	return s
}
