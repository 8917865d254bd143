// Package audit puts the measurements of package measure and the classifiers of package probe together for a trained
// prism and its collections.
//
// [See] encodes the images that were held out of training, [Evaluate] measures them: the content of
// RUN/evaluation.json.
package audit
