package main

import (
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/internal/threshold"
	"github.com/spf13/cobra"
)

// failOnVar adds --fail-on to a command, whose limits are on what is called so.
func failOnVar(cmd *cobra.Command, limits *[]string, what string) {
	cmd.Flags().StringArrayVar(limits, "fail-on", nil, "exit with 3 where "+what+" crosses this limit (repeatable)")
}

// limitError says which limits were crossed.
type limitError struct{ crossed []*threshold.Crossing }

func (e limitError) Error() string {
	var parts []string
	for _, c := range e.crossed {
		parts = append(parts, c.String())
	}
	return strings.Join(parts, "; ")
}

// limitsOf reads the expressions of --fail-on.
func limitsOf(texts []string) ([]threshold.Expression, error) {
	var limits []threshold.Expression
	for _, text := range texts {
		e, err := threshold.Parse(text)
		if err != nil {
			return nil, usage("--fail-on: %w", err)
		}
		limits = append(limits, e)
	}
	return limits, nil
}

// check holds a report against limits.
func check(limits []threshold.Expression, document any) error {
	var crossed []*threshold.Crossing
	for _, limit := range limits {
		c, err := limit.Check(document)
		if err != nil {
			return fmt.Errorf("--fail-on: %w", err)
		}
		if c != nil {
			crossed = append(crossed, c)
		}
	}
	if len(crossed) > 0 {
		return limitError{crossed}
	}
	return nil
}
