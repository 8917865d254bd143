package studio

import (
	"container/list"
	"sync"
)

// cache keeps the values that were used last.
type cache[V any] struct {
	most int

	mu    sync.Mutex
	order *list.List // of *cached, the last used first
	byKey map[string]*list.Element
}

type cached[V any] struct {
	key   string
	value V
}

func newCache[V any](most int) *cache[V] {
	return &cache[V]{most: most, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *cache[V]) get(key string) (v V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, found := c.byKey[key]
	if !found {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached[V]).value, true
}

func (c *cache[V]) put(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, found := c.byKey[key]; found {
		e.Value.(*cached[V]).value = v
		c.order.MoveToFront(e)
		return
	}
	c.byKey[key] = c.order.PushFront(&cached[V]{key, v})
	for c.order.Len() > c.most {
		last := c.order.Back()
		delete(c.byKey, last.Value.(*cached[V]).key)
		c.order.Remove(last)
	}
}
