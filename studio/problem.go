package studio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/dataprism/dataprism/run"
)

// problem is an error that a client can do something about.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func wrong(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func missing(format string, args ...any) error {
	return &problem{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &problem{http.StatusConflict, fmt.Sprintf(format, args...)}
}

func refused(format string, args ...any) error {
	return &problem{http.StatusForbidden, fmt.Sprintf(format, args...)}
}

func tooMany(text string) error { return &problem{http.StatusTooManyRequests, text} }

// action answers a request, or returns why it cannot.
type action func(w http.ResponseWriter, r *http.Request) error

// answered turns an action into a handler.
func (s *Server) answered(do action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := do(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		var known *problem
		var large *http.MaxBytesError
		var none *run.NoRunError
		var locked *run.LockedError
		switch {
		case errors.As(err, &known):
		case errors.As(err, &large):
			known = &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the %d bytes that are taken here", large.Limit)}
		case errors.As(err, &none), errors.As(err, &locked):
			known = &problem{http.StatusConflict, err.Error()}
		case errors.Is(err, context.Canceled):
			known = &problem{http.StatusConflict, "the studio is being stopped"}
		default:
			s.log("%s %s: %v", r.Method, r.URL.Path, err)
			known = &problem{http.StatusInternalServerError, err.Error()}
		}
		answer(w, known.status, map[string]string{"error": known.text})
	}
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
	return nil
}

const mostJSON = 16 << 20 // bytes of a body: the names of 100,000 images

// read reads the JSON of a request's body, all of it and nothing else.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, "the body must be JSON, with the content type application/json"}
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostJSON))
	if err != nil {
		return unread(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return wrong("the body is not what is expected here: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return wrong("the body holds more than one value")
	}
	return nil
}

// unread is the error of a body that could not be read.
func unread(err error) error {
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return err
	}
	return wrong("the body could not be read: %v", err)
}
