package collection

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// What images take while they are read and decoded, over all workers together. Files and pixels have shares of their
// own: whoever waits for pixels holds the bytes of a file, and were both one share, workers that hold files could
// wait for each other for ever. An image that takes more pixels than their share is decoded alone.
const (
	fileMemory  = maxFileBytes
	pixelMemory = 768 << 20
)

// memory hands out the shares.
type memory struct{ files, pixels *semaphore.Weighted }

func newMemory() *memory {
	return &memory{semaphore.NewWeighted(fileMemory), semaphore.NewWeighted(pixelMemory)}
}

// hold waits until n bytes of a share of at most limit bytes are free, and returns how to give them back.
func hold(ctx context.Context, share *semaphore.Weighted, n, limit int64) (release func(), err error) {
	n = min(max(n, 0), limit)
	if err := share.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { share.Release(n) }, nil
}

// file waits for room for a file of so many bytes. One that is too long to be read needs none.
func (m *memory) file(ctx context.Context, size int64) (release func(), err error) {
	if size > maxFileBytes {
		size = 0
	}
	return hold(ctx, m.files, size, fileMemory)
}

// image waits for room for what decoding an image takes.
func (m *memory) image(ctx context.Context, size int64) (release func(), err error) {
	return hold(ctx, m.pixels, size, pixelMemory)
}

// collectedFrom is how large an image is whose memory is given back at once: the collector by itself lets garbage
// grow to the size of what is in use, which for images of this size is a second budget.
const collectedFrom = 128 << 20
