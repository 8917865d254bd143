package report

import (
	"bytes"
	"context"
	"image"
	"os/exec"
	"slices"
	"testing"
	"time"
)

func TestVideosShowHeldFramesLonger(t *testing.T) {
	a := Animation{Frames: make([]image.Image, 3), Delay: 50 * time.Millisecond, Hold: 100 * time.Millisecond, BackAndForth: true}
	if got, want := a.sequence(), []int{0, 0, 0, 1, 2, 2, 2, 1, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("frames are shown as %v, want %v", got, want)
	}
}

func TestAnimationsAsVideo(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("there is no ffmpeg here")
	}
	frame := image.NewRGBA(image.Rect(0, 0, 33, 33)) // H.264 has even sides
	a := Animation{Frames: []image.Image{frame, frame}, Scale: 1}
	video, err := a.MP4(t.Context(), ffmpeg)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(video[:min(len(video), 16)], []byte("ftyp")) {
		t.Errorf("%d bytes are no MP4", len(video))
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.MP4(stopped, ffmpeg); err == nil {
		t.Error("a video is made after the end")
	}
}
