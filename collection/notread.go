package collection

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// notRead says what a file is that is no image in a format that is read, by its first bytes.
func notRead(head []byte) string {
	if name := unreadImage(head); name != "" {
		return fmt.Sprintf("is an image in the format %s, which is not read: convert it to PNG or JPEG", name)
	}
	if what := otherFile(head); what != "" {
		return "is " + what + ", not an image"
	}
	if isText(head) {
		return "is " + textKind(head)
	}
	return "is not an image in a format that is read (JPEG, PNG, WebP, GIF, TIFF, BMP, Netpbm)"
}

// unreadImage names the format of an image that is not read, "" if it is none.
func unreadImage(head []byte) string {
	if brand, ok := mediaBrand(head); ok {
		switch brand {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return "HEIC"
		case "avif", "avis":
			return "AVIF"
		case "crx ":
			return "CR3 (raw data of a camera)"
		case "jxl ":
			return "JPEG XL"
		case "jp2 ", "jpx ", "jpm ":
			return "JPEG 2000"
		}
		return ""
	}
	for _, f := range []struct{ start, name string }{
		{"\xff\x0a", "JPEG XL"},
		{"\x00\x00\x00\x0cJXL ", "JPEG XL"},
		{"\x00\x00\x00\x0cjP  ", "JPEG 2000"},
		{"\xff\x4f\xff\x51", "JPEG 2000"},
		{"\xff\xd8\xff\xf7", "JPEG-LS"},
		{"8BPS", "PSD"},
		{"\x00\x00\x01\x00", "ICO"},
		{"\x00\x00\x02\x00\x01\x00", "CUR"},
		{"DDS ", "DDS"},
		{"\x76\x2f\x31\x01", "OpenEXR"},
		{"#?RADIANCE", "Radiance HDR"},
		{"#?RGBE", "Radiance HDR"},
		{"PF\n", "PFM (floating-point values)"},
		{"Pf\n", "PFM (floating-point values)"},
		{"FUJIFILMCCD-RAW", "RAF (raw data of a camera)"},
		{"IIU\x00", "RW2 (raw data of a camera)"},
		{"IIRO", "ORF (raw data of a camera)"},
		{"IIRS", "ORF (raw data of a camera)"},
		{"MMOR", "ORF (raw data of a camera)"},
		{"FOVb", "X3F (raw data of a camera)"},
		{"gimp xcf", "XCF"},
		{"qoif", "QOI"},
		{"BPG\xfb", "BPG"},
		{"FLIF", "FLIF"},
		{"SIMPLE  =", "FITS"},
		{"\x8aMNG", "MNG"},
		{"\x01\xda", "SGI"},
		{"\xd7\xcd\xc6\x9a", "WMF"},
		{"%!PS", "PostScript"},
		{"AT&TFORM", "DjVu"},
		{"II\xbc\x01", "JPEG XR"},
		{"/* XPM", "XPM"},
	} {
		if bytes.HasPrefix(head, []byte(f.start)) {
			return f.name
		}
	}
	switch {
	case len(head) >= 132 && string(head[128:132]) == "DICM":
		return "DICOM"
	case len(head) >= 10 && string(head[:4]) == "II\x2a\x00" && string(head[8:10]) == "CR":
		return "CR2 (raw data of a camera)"
	}
	return ""
}

// mediaBrand returns the major brand of an ISO media file (ISO/IEC 14496-12, section 4.3).
func mediaBrand(head []byte) (string, bool) {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return "", false
	}
	brand := string(head[8:12])
	if brand == "mif1" || brand == "msf1" {
		// A brand of images in general; those it is compatible with tell the kind.
		for i := 16; i+4 <= min(len(head), 64); i += 4 {
			if b := string(head[i : i+4]); b == "avif" || b == "heic" {
				return b, true
			}
		}
	}
	return brand, true
}

// otherFile says what a file is that people have among images, "" where that is not known.
func otherFile(head []byte) string {
	if _, ok := mediaBrand(head); ok {
		return "a film"
	}
	for _, f := range []struct{ start, what string }{
		{"version https://git-lfs.github.com/spec/", "a Git LFS pointer that stands for a file (git lfs pull fetches it)"},
		{"%PDF", "a PDF document"},
		{"PK\x03\x04", "a zip archive or an office document"},
		{"\x1f\x8b", "compressed by gzip"},
		{"BZh", "compressed by bzip2"},
		{"\xfd7zXZ\x00", "compressed by xz"},
		{"\x28\xb5\x2f\xfd", "compressed by Zstandard"},
		{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
		{"Rar!", "a RAR archive"},
		{"RIFF", "a film or a sound"},
		{"\x1aE\xdf\xa3", "a film"},
		{"ID3", "a sound"},
		{"OggS", "a sound"},
		{"fLaC", "a sound"},
		{"\x93NUMPY", "a NumPy array"},
		{"\x89HDF\r\n", "an HDF5 file"},
		{"PAR1", "a Parquet file"},
		{"ARROW1", "an Arrow file"},
		{"SQLite format 3", "a database"},
		{"\x7fELF", "a program"},
		{"\xd0\xcf\x11\xe0", "an office document"},
	} {
		if bytes.HasPrefix(head, []byte(f.start)) {
			return f.what
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive"
	}
	return ""
}

// isText tells whether bytes are text in UTF-8 or UTF-16.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n <= 1 {
			return len(head)-i < utf8.UTFMax && len(head) == sniffed // a character that is cut off
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		i += n
	}
	return true
}

// textKind says what text a file holds in an image's place.
func textKind(head []byte) string {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"), strings.HasPrefix(text, "<body"):
		return "a web page, not an image: what it was downloaded from gave no image"
	case strings.HasPrefix(text, "<") && strings.Contains(text, "<svg"):
		return "an image in the format SVG, which is not read: convert it to PNG or JPEG"
	case strings.HasPrefix(text, "<?xml"):
		return "a text (XML), not an image: perhaps what a server said in its place"
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "a text (JSON), not an image: perhaps what a server said in its place"
	}
	return "a text, not an image"
}
