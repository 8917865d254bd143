package weigh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/measure"
)

// Schema is the version of the layout of weigh.json. It grows when a field changes its meaning or goes.
const Schema = 1

// Result is what a rule made of rows: their weights, and what the weights cost. One of Context, Pool, Density,
// Shallow and Contributors says what the rule found.
type Result struct {
	Schema      int      `json:"schema"`
	Rule        string   `json:"rule"`
	Label       string   `json:"label,omitempty"`
	Collections []string `json:"collections"`
	N           int      `json:"n"`       // rows weighed
	Without     int      `json:"without"` // training rows that lack a label, or have a rare value, and are left out
	Units       int      `json:"units"`   // that the rows are
	// Effective is how many rows of equal weight tell as much.
	Effective Effective `json:"effective"`
	Cut       int       `json:"cut"` // rows whose weight was cut at [MostWeight]
	Warnings  []string  `json:"warnings"`

	Context      *Context      `json:"context,omitempty"`
	Pool         *Pool         `json:"pool,omitempty"`
	Density      *Density      `json:"density,omitempty"`
	Shallow      *Shallow      `json:"shallow,omitempty"`
	Contributors *Contributors `json:"contributors,omitempty"`

	Weight []float64 `json:"-"` // of each row, mean 1; of a rule that keeps rows 1 or 0
	Column []Column  `json:"-"` // what weights.csv says of each row beside the weight
	rows   *Rows
}

// Column is a number of each row.
type Column struct {
	Name   string
	Values []float64
}

// result begins the result of a rule for part of the rows: those that have the labels needed.
func (r *Rows) result(rule, label string, part *Rows, needed ...string) *Result {
	out := &Result{
		Schema: Schema, Rule: rule, Label: label, Collections: part.Names(), N: len(part.Row), Without: len(r.Row) - len(part.Row),
		Units: len(measure.RowsOfUnits(part.Units, len(part.Row))), Warnings: []string{}, rows: part,
	}
	for _, name := range r.Names() {
		if !slices.Contains(out.Collections, name) {
			out.warn("%s is left out whole: each of its training images lacks the label %s, or has a rare value of it; label them, or name the other collections with --of",
				name, strings.Join(needed, " or "))
		}
	}
	return out
}

// leastEffective is the effective number of rows below which a result warns.
const leastEffective = 100

// finish counts what the weights are worth.
func (r *Result) finish() *Result {
	r.Effective = EffectiveOf(r.Weight, r.rows.Units)
	if r.Effective.Rows < leastEffective {
		r.warn("the weighted rows tell as much as %.0f of equal weight, fewer than %d: what is learnt from them will differ from one choice of rows to the next", r.Effective.Rows, leastEffective)
	}
	if c := r.Context; c != nil {
		for _, cell := range c.Cells {
			switch {
			case cell.N == 0:
				r.warn("no training image has %s=%s and %s=%s: no weight restores what is not there", r.Label, cell.Label, c.Name, cell.Context)
			case cell.Few:
				r.warn("%d training images have %s=%s and %s=%s, fewer than %d: their weight of %.1f rests on little", cell.N, r.Label, cell.Label, c.Name, cell.Context, fewRows, cell.Weight)
			}
		}
	}
	if r.Cut > 0 {
		r.warn("the weights of %d rows were cut at %d times the mean: some of the dependence is left", r.Cut, MostWeight)
	}
	return r
}

// rare says which values were left out.
func (r *Result) rare(values []Rare) {
	for _, v := range values {
		r.warn("%d training images of %s=%s are left out: fewer than %d", v.N, r.Label, v.Value, fewRows)
	}
}

func (r *Result) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}
