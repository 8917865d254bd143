// Package studio is the local web application: it serves the pages of package web and an HTTP API with the same
// powers, which openapi.json describes.
//
// One goroutine runs the models of all runs; what requests wait for at the same time is one batch of theirs. A request
// whose client has gone is dropped. The server reads the images that runs were trained on, and the folders that it was
// told to; it writes to RUN/studio, RUN/audit and the folder of new runs.
package studio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/compute"
)

// Options say what a [Server] shows, to whom.
type Options struct {
	Runs    []string // run folders, and folders that hold some
	Roots   []string // folders whose images training may read
	Home    string   // the folder that new runs are made in; empty is none
	Cache   string   // folder for prepared images; empty is the user's cache folder
	Address string   // host and port that the server listens on; empty is a loopback address
	Token   string   // what clients must know; needed unless Address is a loopback one
	Program []string // the command line that trains and audits, such as the path of dataprism; empty is none

	Backend compute.Backend   // runs the models; nil starts the CPU's
	Log     func(line string) // hears what the one who runs the server should know; may be nil
}

// Server is the studio as an HTTP handler. It is to be closed.
type Server struct {
	Options
	backend compute.Backend
	queue   *queue
	pages   *pages
	handler http.Handler
	seen    *cache[*sight]
	uploads *uploads
	context context.Context
	end     context.CancelFunc
	working sync.WaitGroup
	streams atomic.Int32 // clients that follow runs

	mu   sync.Mutex
	runs []*liveRun
}

// New starts a studio. It reads no run before somebody asks for it.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Server{Options: o, backend: o.Backend, seen: newCache[*sight](256), uploads: newUploads()}
	var err error
	if s.Roots, err = realFolders(o.Roots); err != nil {
		return nil, err
	}
	if err = s.find(); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(); err != nil {
		return nil, err
	}
	if s.backend == nil {
		if s.backend, err = simd.New(""); err != nil {
			return nil, err
		}
	}
	s.context, s.end = context.WithCancel(context.Background())
	s.queue = newQueue()
	s.working.Go(func() { s.queue.work(s.context) })
	s.handler = s.guarded(s.routes())
	return s, nil
}

func (o Options) check() error {
	if o.Token == "" && !o.Local() {
		return fmt.Errorf("the studio would be open to everybody at %s: give it a token", o.Address)
	}
	return nil
}

// Local says whether only this machine can reach the address.
func (o Options) Local() bool {
	if o.Address == "" {
		return true
	}
	host, _, err := net.SplitHostPort(o.Address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Stop ends what clients wait for, so that a server of HTTP can be shut down.
func (s *Server) Stop() { s.end() }

// Close ends what goes on in the server, and lets go of the runs. Trainings that it has started go on.
func (s *Server) Close() error {
	s.end()
	s.working.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, r := range s.runs {
		errs = append(errs, r.close())
	}
	if s.Backend == nil {
		s.backend.Finalize()
	}
	return errors.Join(errs...)
}

func (s *Server) log(format string, args ...any) {
	if s.Log != nil {
		s.Log(fmt.Sprintf(format, args...))
	}
}
