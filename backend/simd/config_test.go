package simd

import (
	"strings"
	"testing"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
)

func TestConfigurationIsReadOrRefused(t *testing.T) {
	for _, c := range []struct {
		config, level string // level is that of the environment
		workers       int
		want          kernel.Level
		profile       bool
		failure       string
	}{
		{config: "workers=3", workers: 3, want: kernel.Best()},
		{config: "level=portable,workers=1,profile", workers: 1, want: kernel.Portable, profile: true},
		{config: " level=portable , workers=2 ", workers: 2, want: kernel.Portable},
		{config: "workers=2,level=avx512", level: "portable", workers: 2, want: kernel.Portable},
		{config: "workers=0", failure: "workers"},
		{config: "workers=two", failure: "workers"},
		{config: "level=mmx", failure: "mmx"},
		{config: "speed=high", failure: "speed"},
		{level: "sse", failure: "sse"},
	} {
		o, err := parseConfig(c.config, c.level)
		if c.failure != "" {
			if err == nil || !strings.Contains(err.Error(), c.failure) {
				t.Errorf("%q with level %q: error %v, want one about %q", c.config, c.level, err, c.failure)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q with level %q: %v", c.config, c.level, err)
			continue
		}
		if o.workers != c.workers || o.level != c.want || o.profile != c.profile {
			t.Errorf("%q with level %q gives %+v", c.config, c.level, o)
		}
	}
}

func TestBackendIsRegistered(t *testing.T) {
	b, err := compute.NewWithConfig("simd:workers=1")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Finalize()
	if b.Name() != "simd" || !strings.Contains(b.Description(), "1 workers") {
		t.Errorf("name %q, description %q", b.Name(), b.Description())
	}
}
