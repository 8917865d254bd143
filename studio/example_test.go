package studio_test

import (
	"fmt"
	"net/http"

	"github.com/dataprism/dataprism/studio"
)

// A program that shows a run to the browsers of its own machine.
func ExampleNew() {
	s, err := studio.New(studio.Options{Runs: []string{"no-such-run"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if err := http.ListenAndServe("127.0.0.1:8501", s); err != nil {
		fmt.Println(err)
	}
	// Output: no-such-run is not the folder of a finished run: neither it nor a folder in it has a config.yaml
}
