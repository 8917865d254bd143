package report

import (
	"bytes"
	"context"
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

// GIF returns the animation as a GIF that plays for ever, all frames in one palette. It is an error when ctx ends.
func (a Animation) GIF(ctx context.Context) ([]byte, error) {
	scale, err := a.scale()
	if err != nil {
		return nil, err
	}
	palette := sharedPalette(len(a.Frames), func(i int) *image.RGBA { return enlarged(a.Frames[i], scale) })
	q := newQuantiser(palette)
	mapped := make([]*image.Paletted, len(a.Frames))
	for i, frame := range a.Frames {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		mapped[i] = q.dither(enlarged(frame, scale), palette)
	}
	out := gif.GIF{LoopCount: 0}
	last := len(mapped) - 1
	for i, frame := range mapped {
		out.Image, out.Delay = append(out.Image, frame), append(out.Delay, a.delay(i == 0 || i == last))
	}
	if a.BackAndForth {
		for i := last - 1; i > 0; i-- {
			out.Image, out.Delay = append(out.Image, mapped[i]), append(out.Delay, a.delay(false))
		}
	}
	data := stoppable{ctx: ctx}
	if err := gif.EncodeAll(&data, &out); err != nil {
		return nil, fmt.Errorf("report: animation: %w", err)
	}
	return data.Bytes(), nil
}

// stoppable is a buffer that takes nothing once ctx has ended.
type stoppable struct {
	bytes.Buffer
	ctx context.Context
}

func (s *stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Buffer.Write(p)
}

// WriteGIF writes the animation to a file.
func (a Animation) WriteGIF(ctx context.Context, path string) error {
	data, err := a.GIF(ctx)
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

// scale is by how much frames, which must be of one size, are enlarged.
func (a Animation) scale() (int, error) {
	if len(a.Frames) == 0 {
		return 0, errors.New("report: an animation without frames")
	}
	size := a.Frames[0].Bounds().Size()
	if size.X == 0 || size.Y == 0 {
		return 0, errors.New("report: an animation of empty frames")
	}
	for i, frame := range a.Frames {
		if frame.Bounds().Size() != size {
			return 0, fmt.Errorf("report: frame %d is %v, the first is %v", i, frame.Bounds().Size(), size)
		}
	}
	if a.Scale > 0 {
		return a.Scale, nil
	}
	return (cellAim*2 + max(size.X, size.Y) - 1) / max(size.X, size.Y), nil
}

// enlarged is a frame on paper.
func enlarged(frame image.Image, scale int) *image.RGBA {
	size := frame.Bounds().Size()
	out := image.NewRGBA(image.Rect(0, 0, size.X*scale, size.Y*scale))
	draw.Draw(out, out.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	drawEnlarged(out, image.Point{}, frame, scale)
	return out
}
