package main

import (
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/collection"
)

func TestReadingIsShownWithRateAndTimeLeft(t *testing.T) {
	for _, c := range []struct {
		at   collection.Progress
		want string
	}{
		{collection.Progress{Collection: "lfw", Stage: collection.Decoding, Unit: collection.InImages, Done: 1200, Total: 13000, Rate: 310.4, Left: 38 * time.Second},
			"reading lfw: 1200 of 13000 images, 310/s, 38s left"},
		{collection.Progress{Collection: "lfw", Stage: collection.Decoding, Unit: collection.InImages, Done: 13000, Total: 13000, Rate: 310},
			"reading lfw: 13000 of 13000 images"},
		{collection.Progress{Collection: "a", Stage: collection.Listing, Unit: collection.InFiles, Done: 70000, Rate: 9000},
			"looking through a: 70000 files, 9000/s"},
		{collection.Progress{Collection: "a", Stage: collection.Listing, Unit: collection.InFiles, Done: 1},
			"looking through a: 1 file"},
		{collection.Progress{Collection: "a", Stage: collection.Decoding, Unit: collection.InImages, Done: 1, Total: 2},
			"reading a: 1 of 2 images"},
		{collection.Progress{Collection: "a", Stage: collection.Checking, Unit: collection.InBytes, Done: 1_200_000_000, Total: 3_072_000_000, Rate: 600_000_000, Left: 3 * time.Second},
			"checking a: 1200.0 of 3072.0 MB, 600.0/s, 3s left"},
	} {
		if got := readingLine(c.at); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestShortStagesOfReadingAreNotShown(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out)
	p.images(collection.Progress{Collection: "a", Stage: collection.Listing, Unit: collection.InFiles, Done: 1, Rate: 57})
	p.images(collection.Progress{Collection: "a", Stage: collection.Listing, Unit: collection.InFiles, Done: 301, Total: 301})
	p.images(collection.Progress{Collection: "a", Stage: collection.Checking, Unit: collection.InBytes, Done: 5, Total: 5})
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
	p.images(collection.Progress{Collection: "a", Stage: collection.Decoding, Unit: collection.InImages, Done: 5, Total: 5})
	if got := out.String(); got != "reading a: 5 of 5 images\n" {
		t.Errorf("printed %q", got)
	}
}

func TestLongStagesOfReadingAreShown(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out)
	at := collection.Progress{Collection: "a", Stage: collection.Listing, Unit: collection.InFiles, Done: 1}
	p.images(at)
	p.last = p.last.Add(-p.every)
	at.Done = 70000
	p.images(at)
	if got := out.String(); got != "looking through a: 70000 files\n" {
		t.Errorf("printed %q", got)
	}
}

func TestSlowWorkHasAPaceToo(t *testing.T) {
	for rate, want := range map[float64]string{1234.4: "1234/s", 10: "10/s", 2: "120/min", 0.1: "360/h", 0.001: "4/h"} {
		if got := pace(rate); got != want {
			t.Errorf("%g a second is shown as %q, want %q", rate, got, want)
		}
	}
}
