package checkpoint_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/weights/checkpoint"
)

// A pickle is a program. This one would print a word: it is read, not run, and print makes no tensor.
func ExampleDecode() {
	file := strings.NewReader("\x80\x02c__builtin__\nprint\nX\x05\x00\x00\x00hello\x85R.")
	_, err := checkpoint.Decode(file, file.Size())
	fmt.Println(errors.Is(err, checkpoint.ErrFormat))
	// Output: true
}
