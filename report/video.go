package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// MP4 returns the animation, played once, as a video in H.264, which the program ffmpeg makes. It needs no ffmpeg library,
// but the program, by its path; see [exec.LookPath].
func (a Animation) MP4(ctx context.Context, ffmpeg string) ([]byte, error) {
	scale, err := a.scale()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "dataprism-video-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var raw bytes.Buffer
	for _, i := range a.sequence() {
		raw.Write(enlarged(a.Frames[i], scale).Pix)
	}
	size := a.Frames[0].Bounds().Size().Mul(scale)
	path := filepath.Join(dir, "video.mp4")
	cmd := exec.CommandContext(ctx, ffmpeg, "-hide_banner", "-loglevel", "error",
		"-f", "rawvideo", "-pixel_format", "rgba", "-video_size", fmt.Sprintf("%dx%d", size.X, size.Y), "-framerate", fmt.Sprintf("%.4f", 1/a.frameTime().Seconds()), "-i", "-",
		"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", "-movflags", "+faststart", path)
	cmd.Stdin, cmd.WaitDelay = &raw, time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("report: ffmpeg: %w: %s", err, bytes.TrimSpace(said)))
	}
	return os.ReadFile(path)
}

func (a Animation) frameTime() time.Duration {
	if a.Delay > 0 {
		return a.Delay
	}
	return defaultDelay
}

// sequence are the frames in the order in which they are shown, those that are held as often as that takes.
func (a Animation) sequence() []int {
	held := 1 + int(math.Round(a.Hold.Seconds()/a.frameTime().Seconds()))
	last := len(a.Frames) - 1
	var order []int
	show := func(i int) {
		times := 1
		if i == 0 || i == last {
			times = held
		}
		for range times {
			order = append(order, i)
		}
	}
	for i := range a.Frames {
		show(i)
	}
	if a.BackAndForth {
		for i := last - 1; i >= 0; i-- {
			show(i)
		}
	}
	return order
}
