package collection

import (
	"io"
	"path"
	"strings"
)

// role is the part a file plays in a collection, judged by its name.
type role int

const (
	roleIgnored role = iota
	roleImage
	roleRefused // has a row, and a reason
	roleArchive // has a row, and a reason, or is a shard of a collection of archives
	roleParquet // a shard, or where there are images too perhaps a table of labels
	roleLabels  // a table of labels
	roleTable   // perhaps a table of labels
	roleUnread  // perhaps labels, in a form that is not read
	roleSniff   // its first bytes decide
)

// nestedArchive is the reason of an archive beside images or in another archive.
const nestedArchive = "an archive inside a collection is not opened: give it as a collection of its own, or unpack it"

// roleOf judges a slash-separated path relative to the collection.
func roleOf(file string) (role, string) {
	for part := range strings.SplitSeq(file, "/") {
		if ignoredName(part) {
			return roleIgnored, ""
		}
	}
	base := strings.ToLower(path.Base(file))
	if role, reason := tableRole(base); role != roleIgnored {
		return role, reason
	}
	switch role, known := endings[strings.TrimPrefix(path.Ext(base), ".")]; {
	case !known:
		return roleSniff, ""
	case role == roleArchive, role == roleRefused:
		return role, nestedArchive
	default:
		return role, ""
	}
}

// endings are the roles that files have by their endings alone. Files of any other ending are looked into.
var endings = rolesOfEndings()

func rolesOfEndings() map[string]role {
	roles := map[string]role{}
	for role, list := range map[role][]string{
		roleImage:   append(imageExtensions(), unreadExtensions()...),
		roleArchive: {"zip", "tar", "tgz", "tbz2", "gz", "bz2"},
		roleParquet: {"parquet"},
		roleRefused: {"xz", "zst", "7z", "rar"},
		roleIgnored: otherExtensions(),
	} {
		for _, ending := range list {
			roles[ending] = role
		}
	}
	return roles
}

// imageExtensions are the endings of the formats that are read. What is in a file decides how it is read.
func imageExtensions() []string {
	return []string{
		"jpg", "png", "webp", "gif", "tif", "bmp", "ppm", "pgm", "pbm", "pnm", "pam",
		"jpeg", "jpe", "jfif", "jif", "jfi", "pjpeg", "pjp", "mpo", "apng", "dib", "tiff",
	}
}

// unreadExtensions are the endings of formats of images that are not read. Their files have rows: some hold an image
// in a format that is.
func unreadExtensions() []string {
	return []string{
		"heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "jpx", "jxr", "psd", "svg", "ico", "cur", "tga", "exr", "hdr", "pfm",
		"dds", "pcx", "qoi", "xcf", "eps", "dcm", "dng", "cr2", "cr3", "nef", "arw", "orf", "raf", "rw2", "pef", "srw", "raw",
	}
}

// otherExtensions are the endings of what people have beside images: texts, tables, programs, arrays, films, sounds.
func otherExtensions() []string {
	return strings.Fields(`
		txt text md rst rtf log tex bib csv tsv json jsonl ndjson json5 xml xsd xsl yaml yml toml ini cfg conf config properties
		html htm xhtml css js mjs ts tsx jsx vue php py pyc ipynb r rmd jl m lua pl rb sh bash bat cmd ps1 c h cc cpp hpp cs java
		kt scala go mod sum rs swift sql proto diff patch lock gitignore gitattributes license readme
		doc docx odt pdf ppt pptx odp xls xlsx xlsm ods pages numbers key epub mobi
		npy npz pkl pickle pt pth ckpt bin h5 hdf5 hdf mat db sqlite sqlite3 lmdb mdb arrow feather avro orc
		tfrecord tfrecords rec idx pb onnx tflite safetensors gguf weights model joblib dat data dta sav rds rda
		mp4 avi mov mkv webm wmv flv m4v mpg mpeg 3gp mts m2ts mp3 wav flac ogg m4a aac wma opus mid midi srt vtt
		ttf otf woff woff2 eot obj mtl ply stl fbx glb gltf blend nii mha mhd nrrd
		exe dll so dylib a o lib class jar war whl egg deb rpm dmg iso img msi apk
		xmp aae thm lnk url webloc torrent part crdownload download tmp temp bak swp swo md5 sha1 sha256 sig asc pem
		cls caption captions tags names lst list index meta info`)
}

// ignoredName is true for hidden files and what file managers leave behind.
func ignoredName(name string) bool {
	if strings.HasPrefix(name, ".") {
		return true
	}
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "lost+found":
		return true
	}
	return false
}

// sniff judges a file by its first bytes: whether it has a row, and why it cannot be read. Text has none, whatever
// its name: licences and lists are called as their authors please.
func sniff(r io.Reader) (row bool, reason string) {
	head := make([]byte, sniffed)
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	if formatOf(head) != formatUnknown {
		return true, ""
	}
	if isText(head) && !strings.HasPrefix(textKind(head), "an image") && otherFile(head) == "" {
		return false, ""
	}
	return true, notRead(head)
}
