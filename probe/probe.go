// Package probe holds small classifiers that look for something in codes, latents or images: which collection a row
// is from, which attribute an image shows. They are fitted here, on the CPU, in seconds, and their predictions on
// rows that they were not fitted on are what package measure turns into numbers.
//
// A probe that certifies independence must be fitted and tested on images that the probed model has never seen.
// [CrossPredict] and what is built on it cross-validate within the rows they are given; which rows those are is the
// caller's duty. Rows that share a unit never sit on both sides of a split.
//
// The same rows and the same seed give the same bits, whatever the number of workers.
package probe
