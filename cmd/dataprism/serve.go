package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dataprism/dataprism/studio"
	"github.com/spf13/cobra"
)

func newServe() *cobra.Command {
	var o studio.Options
	var tokenFile, backend string
	var noBrowser bool
	cmd := &cobra.Command{
		Use:   "serve RUN...",
		Short: "Show runs in a browser: project, sample, map, findings and training, live",
		Long: `Show runs in a browser: project, sample, map, findings and training, live.

A RUN is the folder of a run, or a folder that holds some. Only this machine can open the pages, unless --address names
another address than a loopback one: then a token is asked for, which is part of the address that is printed.`,
		Example: "  dataprism serve RUN\n  dataprism serve runs/ --root ~/pictures",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name a run, or a folder of runs: dataprism serve RUN...")
			}
			if _, _, err := net.SplitHostPort(o.Address); err != nil {
				return usage("--address is %q, but must be HOST:PORT: %w", o.Address, err)
			}
			if o.Home == "" {
				o.Home = filepath.Dir(filepath.Clean(args[0]))
			}
			o.Runs = args
			if err := tokenOf(&o, tokenFile); err != nil {
				return err
			}
			engine, err := openBackend(backend)
			if err != nil {
				return err
			}
			defer engine.Finalize()
			o.Backend = engine
			return serve(cmd, o, !noBrowser)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Address, "address", serveAddress, "host and port to listen on; port 0 is any that is free")
	flags.StringArrayVar(&o.Roots, "root", nil, "folder whose images may be trained on from the browser (repeatable)")
	flags.StringVar(&o.Home, "new", "", "folder that new runs are made in (default: the one that the first RUN lies in)")
	flags.StringVar(&tokenFile, "token-file", "", "file that holds the token clients must know (default: one is made up where it is needed)")
	flags.BoolVar(&noBrowser, "no-browser", false, "do not open a browser")
	cacheVar(cmd, &o.Cache)
	backendVar(cmd, &backend)
	return cmd
}

// tokenOf sets the token: that of the file, or a new one where the address is not this machine's alone.
func tokenOf(o *studio.Options, file string) error {
	if file == "" {
		if !o.Local() {
			o.Token = rand.Text()
		}
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if o.Token = strings.TrimSpace(string(text)); len(o.Token) < 16 || len(o.Token) > 256 {
		return fmt.Errorf("%s must hold a token of 16 to 256 characters", file)
	}
	return nil
}

// serveAddress is where the studio listens unless it is told otherwise.
const serveAddress = "127.0.0.1:8501"

// Times that a client has: those of a slow line, not of one that holds a connection for nothing.
const (
	headTime = 10 * time.Second
	bodyTime = time.Minute
	idleTime = 2 * time.Minute
	lastTime = 3 * time.Second // to end what is being answered when the server is stopped
)

// serve shows runs until the command is stopped.
func serve(cmd *cobra.Command, o studio.Options, browser bool) error {
	shown, err := openStudio(cmd, o)
	if err != nil {
		return err
	}
	defer shown.close()
	fmt.Fprintln(cmd.OutOrStdout(), shown.address)
	if browser {
		openOnDesktop(cmd.ErrOrStderr(), shown.address)
	}
	return shown.wait(cmd.Context())
}

// openedStudio is a studio that clients can reach.
type openedStudio struct {
	*studio.Server
	address string // for browsers, with the token
	server  http.Server
	ended   chan error
}

// openStudio listens at the address of the options.
func openStudio(cmd *cobra.Command, o studio.Options) (*openedStudio, error) {
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w (--address chooses another)", o.Address, err)
	}
	o.Address = listener.Addr().String()
	o.Log = func(line string) { tell(cmd, "%s", line) }
	if own, err := os.Executable(); err == nil {
		o.Program = []string{own}
	}
	s, err := studio.New(o)
	if err != nil {
		listener.Close()
		return nil, err
	}
	shown := &openedStudio{Server: s, address: "http://" + o.Address + "/", ended: make(chan error, 1)}
	if o.Token != "" {
		shown.address += "?token=" + url.QueryEscape(o.Token)
	}
	shown.server = http.Server{Handler: s, ReadHeaderTimeout: headTime, ReadTimeout: bodyTime, WriteTimeout: bodyTime, IdleTimeout: idleTime, MaxHeaderBytes: 1 << 16}
	go func() { shown.ended <- shown.server.Serve(listener) }()
	return shown, nil
}

// wait returns when the context ends, or the server does.
func (s *openedStudio) wait(ctx context.Context) error {
	select {
	case err := <-s.ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close lets clients have what is being answered, and ends the studio.
func (s *openedStudio) close() error {
	s.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), lastTime)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		s.server.Close()
	}
	return s.Close()
}
