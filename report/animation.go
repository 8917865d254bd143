package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"math"
	"time"
)

// Animation is a sequence of frames of equal size.
type Animation struct {
	Frames       []image.Image
	Delay        time.Duration // of each frame; 0 means 60 ms
	Hold         time.Duration // further delay of the first and the last frame
	BackAndForth bool          // play the frames forwards, then backwards
	Scale        int           // whole factor of enlargement; 0 chooses one as a grid does
}

// BackAndForth is the animation of a transition, which rests at its ends.
func BackAndForth(frames []image.Image) Animation {
	return Animation{Frames: frames, Delay: defaultDelay, Hold: 600 * time.Millisecond, BackAndForth: true}
}

const defaultDelay = 60 * time.Millisecond

// GIF returns the animation as a GIF that plays for ever, all frames in one palette.
func (a Animation) GIF() ([]byte, error) {
	frames, err := a.enlarged()
	if err != nil {
		return nil, err
	}
	palette := sharedPalette(frames)
	q := newQuantiser(palette)
	mapped := make([]*image.Paletted, len(frames))
	for i, frame := range frames {
		mapped[i] = q.dither(frame, palette)
	}
	out := gif.GIF{LoopCount: 0}
	last := len(frames) - 1
	for i, frame := range mapped {
		out.Image, out.Delay = append(out.Image, frame), append(out.Delay, a.delay(i == 0 || i == last))
	}
	if a.BackAndForth {
		for i := last - 1; i > 0; i-- {
			out.Image, out.Delay = append(out.Image, mapped[i]), append(out.Delay, a.delay(false))
		}
	}
	var data bytes.Buffer
	if err := gif.EncodeAll(&data, &out); err != nil {
		return nil, fmt.Errorf("report: animation: %w", err)
	}
	return data.Bytes(), nil
}

// WriteGIF writes the animation to a file.
func (a Animation) WriteGIF(path string) error {
	data, err := a.GIF()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeFile(path, data)
}

// delay is in hundredths of a second. Browsers slow delays under 2 down to 10.
func (a Animation) delay(held bool) int {
	d := a.frameTime()
	if held {
		d += a.Hold
	}
	return max(2, int(math.Round(d.Seconds()*100)))
}

func (a Animation) enlarged() ([]*image.RGBA, error) {
	if len(a.Frames) == 0 {
		return nil, errors.New("report: an animation without frames")
	}
	size := a.Frames[0].Bounds().Size()
	if size.X == 0 || size.Y == 0 {
		return nil, errors.New("report: an animation of empty frames")
	}
	scale := a.Scale
	if scale <= 0 {
		scale = (cellAim*2 + max(size.X, size.Y) - 1) / max(size.X, size.Y)
	}
	out := make([]*image.RGBA, len(a.Frames))
	for i, frame := range a.Frames {
		if frame.Bounds().Size() != size {
			return nil, fmt.Errorf("report: frame %d is %v, the first is %v", i, frame.Bounds().Size(), size)
		}
		out[i] = image.NewRGBA(image.Rect(0, 0, size.X*scale, size.Y*scale))
		draw.Draw(out[i], out[i].Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
		drawEnlarged(out[i], image.Point{}, frame, scale)
	}
	return out, nil
}
