package collection

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// smallStills are small files of every format.
func smallStills(t testing.TB) map[string][]byte {
	m := landmark(11, 7)
	palette := color.Palette{color.White, color.Black, color.Transparent}
	indexed := image.NewPaletted(image.Rect(2, 1, 9, 6), palette)
	for i := range indexed.Pix {
		indexed.Pix[i] = uint8(i % 3)
	}
	var lzw bytes.Buffer
	if err := tiff.Encode(&lzw, m, &tiff.Options{Compression: tiff.Deflate, Predictor: true}); err != nil {
		t.Fatal(err)
	}
	exif := exifBlock(binary.LittleEndian, 6)
	return map[string][]byte{
		"jpeg":             withJPEGExif(jpegOf(t, m), exif),
		"profiled jpeg":    withProfile(t, "jpeg", jpegOf(t, m), adobeProfile()),
		"progressive jpeg": testdata(t, "progressive.jpg"),
		"inks":             testdata(t, "cmyk.jpg"),
		"png":              withPNGChunk(pngOf(t, m), "eXIf", exif),
		"profiled png":     withProfile(t, "png", pngOf(t, m), adobeProfile()),
		"raw profile png":  withPNGChunk(pngOf(t, m), "zTXt", rawProfileChunk(exif, true)),
		"16-bit png":       deepPNG(t, 4000, true),
		"gif":              gifOf(t, &gif.GIF{Image: []*image.Paletted{indexed}, Delay: []int{0}, Config: image.Config{Width: 12, Height: 8, ColorModel: palette}}),
		"lossless webp":    testdata(t, "lossless.webp"),
		"lossy webp":       testdata(t, "lossy.webp"),
		"alpha webp":       testdata(t, "alpha.webp"),
		"animated webp":    animatedWebP(testdata(t, "lossless.webp"), 60, 50, 10, 20, 40, 24),
		"bmp":              bmpOf(t, m),
		"palette bmp":      testdata(t, "palette.bmp"),
		"tiff":             tiffOf(t, m),
		"lzw tiff":         testdata(t, "lzw.tif"),
		"inks tiff":        testdata(t, "cmyk.tif"),
		"predicted tiff":   lzw.Bytes(),
		"pgm":              []byte("P5 5 3 4095\n0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o"),
		"ppm as text":      []byte("P3 2 2 9 1 2 3 4 5 6 7 8 9 1 2 3"),
		"pam":              []byte("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nENDHDR\n12345678"),
	}
}

// damagedStills are 16 damaged files of each.
func damagedStills(t testing.TB) map[string][][]byte {
	rng := rand.New(rand.NewPCG(5, 6))
	damaged := map[string][][]byte{}
	for name, data := range smallStills(t) {
		for i := range 16 {
			bad := bytes.Clone(data)
			switch i % 4 {
			case 0:
				bad = bad[:rng.IntN(len(bad))]
			case 1:
				bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
			case 2:
				at := rng.IntN(len(bad))
				copy(bad[at:], bytes.Repeat([]byte{0xff}, 4))
			case 3:
				for range 8 {
					bad[rng.IntN(len(bad))] = byte(rng.IntN(256))
				}
			}
			damaged[name] = append(damaged[name], bad)
		}
	}
	return damaged
}

func TestDamagedFilesAreSkippedWithAReasonOrRead(t *testing.T) {
	f := files{}
	for name, list := range damagedStills(t) {
		for i, data := range list {
			f[strings.ReplaceAll(name, " ", "_")+string(rune('a'+i))+".img.png"] = data
		}
	}
	if len(f) < 300 {
		t.Fatalf("only %d files", len(f))
	}
	f["good.png"] = pngOf(t, landmark(9, 9))
	c := opened(t, Options{}, f.folder(t)).Collections[0]
	if c.Found != len(f) || len(c.Rows())+len(c.Skipped) != len(f) || len(c.Skipped) < len(f)/4 {
		t.Errorf("%d files, %d found, %d read, %d skipped", len(f), c.Found, len(c.Rows()), len(c.Skipped))
	}
	for _, s := range c.Skipped {
		if s.Reason == "" || strings.ContainsAny(s.Reason, "\n\x00") || strings.Contains(s.Reason, "runtime error") {
			t.Errorf("%s: %q", s.File, s.Reason)
		}
		if first, _, _ := strings.Cut(s.Reason, " "); first != "is" && first != "has" && first != "declares" {
			t.Errorf("%s: %q does not say what the file is", s.File, s.Reason)
		}
	}
}

// bombs are small files that declare very large images.
func bombs(t testing.TB) map[string][]byte {
	le, be := binary.LittleEndian, binary.BigEndian
	jpeg := jpegOf(t, landmark(8, 8))
	copy(jpeg[bytes.Index(jpeg, []byte{0xff, 0xc0})+5:], "\xff\xff\xff\xff")
	bmp := bmpOf(t, landmark(8, 8))
	le.PutUint32(bmp[18:], 1<<30)
	le.PutUint32(bmp[22:], 1<<30)
	gif := gifOf(t, &gif.GIF{Image: []*image.Paletted{image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.White, color.Black})}, Delay: []int{0}})
	copy(gif[6:], "\xff\xff\xff\xff")
	tiff := []byte("II\x2a\x00\x08\x00\x00\x00\x05\x00")
	for _, e := range [][2]uint32{{256, 1 << 28}, {257, 1 << 20}, {258, 8}, {273, 8}, {279, 8}} {
		tiff = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(tiff, uint16(e[0])), 4), 1), e[1])
	}
	deep := bombPNG(16000, 11000)
	deep[24] = 16 // bits: of 180 million pixels, but too much memory
	be.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	return map[string][]byte{
		"jpeg": jpeg, "bmp": bmp, "gif": gif, "tiff": append(tiff, 0, 0, 0, 0), "png": bombPNG(50000, 50000), "long png": bombPNG(1<<31-1, 1<<31-1), "deep png": deep,
		"webp": animatedWebP(testdata(t, "lossless.webp"), 1<<24, 1<<24, 0, 0, 40, 24), "pgm": []byte("P5 2000000000 2000000000 255\n"),
		"pam": []byte("P7\nWIDTH 999999\nHEIGHT 999999\nDEPTH 4\nMAXVAL 65535\nENDHDR\n"),
	}
}

func TestBombsAreRefusedBeforeMemoryIsTakenForThem(t *testing.T) {
	for name, data := range bombs(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodePicture(data)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "declares a size of") && !strings.HasPrefix(err.Error(), "is damaged") && !strings.HasPrefix(err.Error(), "is a PNG of a kind") {
			t.Errorf("%s: %v", name, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
			t.Errorf("%s: %d KiB are taken", name, taken>>10)
		}
	}
}

func TestLargeImagesOfEverydayKindsAreOpened(t *testing.T) {
	jpeg := jpegOf(t, landmark(8, 8))
	at := bytes.Index(jpeg, []byte{0xff, 0xc0}) + 5
	binary.BigEndian.PutUint16(jpeg[at:], 11600) // 100.9 million pixels
	binary.BigEndian.PutUint16(jpeg[at+2:], 8700)
	tall := bombPNG(1, 70000)
	for name, data := range map[string][]byte{"jpeg": jpeg, "tall": tall, "png": bombPNG(15000, 11900)} {
		if _, err := openPicture(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range smallStills(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := openPicture(data)
		if err != nil || p.width*p.height > 1<<18 {
			return
		}
		if p.load(0) == nil {
			newSquarer(Options{Size: 8}).square(make([]byte, 8*8*3), p)
		}
	})
}
