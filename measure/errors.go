package measure

import (
	"errors"
	"fmt"
)

// ErrEmpty is what every error of a measurement that has too little to measure [errors.Is].
var ErrEmpty = errors.New("no observations")

// InsufficientError says that there is too little of something to measure, such as units for an interval.
type InsufficientError struct {
	Measurement string // as in "a mean with an interval"
	Have, Need  int
	Of          string // what there is too little of, in the plural
}

func (e *InsufficientError) Error() string {
	return fmt.Sprintf("%s needs at least %d %s, there are %d", e.Measurement, e.Need, e.Of, e.Have)
}

// Is makes every InsufficientError an [ErrEmpty].
func (e *InsufficientError) Is(target error) bool { return target == ErrEmpty }
