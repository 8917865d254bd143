package studio

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/dataprism/dataprism/prism"
)

// kind is which map of a prism a call is of.
type kind int

const (
	encode     kind = iota // images to latents
	decode                 // latents to images
	leftOut                // images to what their latents leave out
	decodeWith             // latents, each with such a detail behind it, to images
	codes                  // latents and labels to codes and log p(z | c)
	latents                // codes and labels to latents
	drawn                  // codes that were drawn, and labels, to latents as images have them
)

const (
	batchRows = 64  // of one call of a model
	mostCalls = 512 // that may wait
)

// call is a part of a request that waits for a model.
type call struct {
	ctx    context.Context
	on     *prism.Prism
	kind   kind
	rows   int
	values []float32
	labels []int

	out  [2][]float32
	err  error
	done chan struct{}
}

// queue hands calls to the models, in the order in which they come: to the first that waits it adds those of the same
// map of the same model. A client waits for one call at a time, so that no long request holds up the short ones.
type queue struct {
	mu      sync.Mutex
	waiting []*call
	wake    chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// work runs calls until ctx ends.
func (q *queue) work(ctx context.Context) {
	for {
		batch := q.next()
		if batch == nil {
			select {
			case <-ctx.Done():
				return
			case <-q.wake:
			}
			continue
		}
		together(batch)
	}
}

// next takes the calls of the next batch; nil where none waits.
func (q *queue) next() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(c *call) bool { return c.ctx.Err() != nil })
	if len(q.waiting) == 0 {
		return nil
	}
	var batch, rest []*call
	first, rows := q.waiting[0], 0
	for _, c := range q.waiting {
		if c.on == first.on && c.kind == first.kind && rows+c.rows <= batchRows {
			batch, rows = append(batch, c), rows+c.rows
		} else {
			rest = append(rest, c)
		}
	}
	q.waiting = rest
	return batch
}

// together runs calls of one map as one.
func together(batch []*call) {
	defer func() {
		if fault := recover(); fault != nil {
			for _, c := range batch {
				c.err = fmt.Errorf("the model failed: %v", fault)
			}
		}
		for _, c := range batch {
			close(c.done)
		}
	}()
	all := call{on: batch[0].on, kind: batch[0].kind}
	for _, c := range batch {
		all.values, all.labels = append(all.values, c.values...), append(all.labels, c.labels...)
		all.rows += c.rows
	}
	all.run()
	from := 0
	for _, c := range batch {
		c.err = all.err
		for i, out := range all.out {
			width := len(out) / all.rows
			c.out[i] = out[from*width : (from+c.rows)*width : (from+c.rows)*width]
		}
		from += c.rows
	}
}

// run runs the model once.
func (c *call) run() {
	switch c.kind {
	case encode:
		c.out[0], _, c.err = c.on.Encode(c.values)
	case decode:
		c.out[0], c.err = c.on.Decode(c.values)
	case leftOut:
		c.out[0], c.err = c.on.Detail(c.values)
	case decodeWith:
		var z, details []float32
		for row := range slices.Chunk(c.values, len(c.values)/c.rows) {
			z, details = append(z, row[:c.on.Dim()]...), append(details, row[c.on.Dim():]...)
		}
		c.out[0], c.err = c.on.DecodeWith(z, details)
	case codes:
		c.out[0], c.out[1], c.err = c.on.Codes(c.values, c.labels)
	case latents:
		c.out[0], c.err = c.on.Latents(c.values, c.labels)
	case drawn:
		c.out[0], c.err = c.on.Drawn(c.values, c.labels)
	}
}

// call waits for the outputs of n rows, a batch at a time. It ends with the context.
func (q *queue) call(ctx context.Context, p *prism.Prism, k kind, n int, values []float32, labels []int) (out [2][]float32, err error) {
	width := len(values) / max(1, n)
	for from := 0; from < n; from += batchRows {
		to := min(n, from+batchRows)
		c := &call{ctx: ctx, on: p, kind: k, rows: to - from, values: values[from*width : to*width], done: make(chan struct{})}
		if labels != nil {
			c.labels = labels[from:to]
		}
		if err := q.add(c); err != nil {
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-c.done:
		}
		if c.err != nil {
			return out, c.err
		}
		for i := range out {
			out[i] = append(out[i], c.out[i]...)
		}
	}
	return out, nil
}

func (q *queue) add(c *call) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= mostCalls {
		return tooMany("too much is waiting for the model: try again in a moment")
	}
	q.waiting = append(q.waiting, c)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// asker asks for maps of one model, for one request.
type asker struct {
	*prism.Prism
	queue *queue
	ctx   context.Context
}

// encode maps n images to latents.
func (a asker) encode(images []float32) ([]float32, error) {
	out, err := a.queue.call(a.ctx, a.Prism, encode, len(images)/a.Pixels(), images, nil)
	return out[0], err
}

// decode maps n latents to images.
func (a asker) decode(z []float32) ([]float32, error) {
	out, err := a.queue.call(a.ctx, a.Prism, decode, len(z)/a.Dim(), z, nil)
	return out[0], err
}

// detail is what the latents of n images leave out of them; nil where they leave out nothing that the model has.
func (a asker) detail(images []float32) ([]float32, error) {
	if a.Config.Pretrained == nil {
		return nil, nil
	}
	out, err := a.queue.call(a.ctx, a.Prism, leftOut, len(images)/a.Pixels(), images, nil)
	return out[0], err
}

// decodeWith maps n latents to images with the detail of one image.
func (a asker) decodeWith(z, with []float32) ([]float32, error) {
	if len(with) == 0 {
		return a.decode(z)
	}
	var rows []float32
	for each := range slices.Chunk(z, a.Dim()) {
		rows = append(append(rows, each...), with...)
	}
	out, err := a.queue.call(a.ctx, a.Prism, decodeWith, len(z)/a.Dim(), rows, nil)
	return out[0], err
}

// codes maps latents under labels to codes and log-likelihoods.
func (a asker) codes(z []float32, labels []int) (v, logProb []float32, err error) {
	out, err := a.queue.call(a.ctx, a.Prism, codes, len(labels), z, labels)
	return out[0], out[1], err
}

// latents maps codes under labels to latents.
func (a asker) latents(v []float32, labels []int) ([]float32, error) {
	out, err := a.queue.call(a.ctx, a.Prism, latents, len(labels), v, labels)
	return out[0], err
}

// drawn maps codes that were drawn to latents under labels.
func (a asker) drawn(v []float32, labels []int) ([]float32, error) {
	out, err := a.queue.call(a.ctx, a.Prism, drawn, len(labels), v, labels)
	return out[0], err
}

// underAll maps codes to the latents that each has under every collection: those of a collection together, [K·n, dim].
func (a asker) underAll(v []float32) ([]float32, error) {
	n := len(v) / a.Dim()
	var all []float32
	var labels []int
	for c := range a.Collections {
		all = append(all, v...)
		for range n {
			labels = append(labels, c)
		}
	}
	return a.latents(all, labels)
}
