// Package quality finds what is wrong with images and collections without any model: how sharp, noisy, dark,
// compressed and bordered images are, which of them are there twice, which of those lie on both sides of the split,
// which stand out, and in what collections differ.
//
// [Measure] takes one decoded image to its [Measurements], each a pure function of its pixels; [Inspect] takes
// collections to a [Report] with intervals and findings in sentences.
package quality
