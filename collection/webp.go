package collection

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"

	"golang.org/x/image/webp"
)

// webpFrame is the first frame of an animated WebP, as a WebP of its own.
type webpFrame struct {
	file []byte
	at   image.Point
}

var errNoFrame = errors.New("is an animation without a frame")

// openWebP reads the size of a WebP: of the canvas, if it is animated.
func openWebP(data []byte) (*still, error) {
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height}
	s.memory = s.perPixel(12) // planes of luma, chroma and alpha, or values of 32 bits; the image; the canvas
	s.decode = func() (image.Image, error) { return webpDecode(data, c) }
	return s.describe(webpEmbedded(data)), nil
}

// webpDecode decodes a WebP, of an animated one the first frame.
func webpDecode(data []byte, c image.Config) (image.Image, error) {
	if !webpAnimated(data) {
		return stillDecode(data)
	}
	frame, err := firstFrame(data, c)
	if err != nil {
		return nil, err
	}
	m, err := stillDecode(frame.file)
	if err != nil {
		return nil, err
	}
	return onCanvas(m, frame.at, c.Width, c.Height), nil
}

// stillDecode decodes a WebP that is not animated. Lossy ones hold luma from 16 to 235 and chroma from 16 to 240 (RFC
// 6386, section 9.2; BT.601), but the decoder hands them out as the full-range YCbCr of JPEG, which would leave black
// grey and white dull.
func stillDecode(data []byte) (image.Image, error) {
	m, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return fromVideoRange(m, func(int, int) uint8 { return 255 }), nil
	case *image.NYCbCrA:
		return fromVideoRange(&m.YCbCr, func(x, y int) uint8 { return m.A[m.AOffset(x, y)] }), nil
	}
	return m, nil
}

func fromVideoRange(m *image.YCbCr, alpha func(x, y int) uint8) *image.NRGBA {
	out := image.NewNRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			i := m.COffset(x, y)
			luma := 76309 * (int(m.Y[m.YOffset(x, y)]) - 16) // 255/219 in 16 bits
			cb, cr := int(m.Cb[i])-128, int(m.Cr[i])-128
			p := out.Pix[out.PixOffset(x, y):][:4]
			p[0] = clampVideo(luma + 104597*cr)
			p[1] = clampVideo(luma - 25675*cb - 53279*cr)
			p[2] = clampVideo(luma + 132201*cb)
			p[3] = alpha(x, y)
		}
	}
	return out
}

// clampVideo rounds a colour of 16 fractional bits to a byte.
func clampVideo(v int) byte { return byte(min(max((v+1<<15)>>16, 0), 255)) }

// webpAnimated reads the flag of the extended header.
func webpAnimated(data []byte) bool {
	const animation = 1 << 1
	for id, chunk := range riffChunks(data) {
		return id == "VP8X" && len(chunk) >= 1 && chunk[0]&animation != 0
	}
	return false
}

// firstFrame finds the first ANMF chunk: x/2, y/2, width-1, height-1 and duration in three bytes each, a byte of
// flags, and the chunks of a still image (WebP container specification, "Animation").
func firstFrame(data []byte, c image.Config) (webpFrame, error) {
	const frameHeader = 16
	for id, chunk := range riffChunks(data) {
		if id != "ANMF" {
			continue
		}
		if len(chunk) < frameHeader {
			break
		}
		at := image.Pt(2*uint24(chunk), 2*uint24(chunk[3:]))
		size := image.Pt(uint24(chunk[6:])+1, uint24(chunk[9:])+1)
		if at.X+size.X > c.Width || at.Y+size.Y > c.Height {
			return webpFrame{}, errors.New("has a frame that is larger than the image")
		}
		file, err := stillWebP(chunk[frameHeader:], size)
		return webpFrame{file, at}, err
	}
	return webpFrame{}, errNoFrame
}

// stillWebP makes a file of the chunks of a frame.
func stillWebP(content []byte, size image.Point) ([]byte, error) {
	var body []byte
	for id, chunk := range chunksOf(content) {
		switch id {
		case "ALPH":
			const alpha = 1 << 4
			header := []byte{alpha, 0, 0, 0}
			header = appendUint24(appendUint24(header, size.X-1), size.Y-1)
			body = appendChunk(body, "VP8X", header)
			body = appendChunk(body, id, chunk)
		case "VP8 ", "VP8L":
			body = appendChunk(body, id, chunk)
			file := appendChunk(nil, "RIFF", append([]byte("WEBP"), body...))
			// The size in the frame is what the limit was checked for.
			still, err := webp.DecodeConfig(bytes.NewReader(file))
			if err == nil && (still.Width != size.X || still.Height != size.Y) {
				err = errors.New("has a frame that is not of the size it declares")
			}
			return file, err
		}
	}
	return nil, errNoFrame
}

func appendChunk(b []byte, id string, content []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, id...), uint32(len(content)))
	b = append(b, content...)
	if len(content)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func appendUint24(b []byte, v int) []byte { return append(b, byte(v), byte(v>>8), byte(v>>16)) }
