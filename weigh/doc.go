// Package weigh gives the training rows of collections weights by named rules, and chooses rows to keep: against what
// an audit has found, for any trainer.
//
//	context      evens out a label over contexts that it goes with
//	pool         adds rows of a pool in which a label goes less with a context
//	density      keeps the rows of other collections that are most like one collection
//	shallow      takes weight from rows whose label a simple cue already tells
//	contributor  evens out contributors who have the labels in different shares
//
// Each rule is a pure function of arrays ([ContextWeights], [FillContexts], [Nearness], [Best],
// [ShallowWeights], [ContributorWeights]) and a
// measurement of a data set ([Rows.Context] and so on) that says what the weights are for and what they cost: the
// effective number of rows (Kish, "Survey sampling", 1965). docs/weigh.md has the formulas and where they are from.
package weigh
