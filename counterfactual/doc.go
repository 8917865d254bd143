// Package counterfactual writes pairs of images that differ in one label: for a collection that was split by a label
// and by what may be a shortcut to it, each training image as the prism shows it when the shortcut changes and the
// label stays (factual), and when the label changes and the shortcut stays (counterfactual).
//
// Judges that were not fitted to an image say whether what was made of it shows what it should; pairs that do not are
// left out, and the share that is kept is told for each cell. What is written is a collection like any other.
// docs/weigh.md says what of arXiv 2310.14670 this is a reading of.
package counterfactual
