// Package trial asks whether a remedy helps a classifier. It speaks of four things:
//
//	set      labelled images: the training images of a collection, or images made from them: reconstructed(C),
//	         into(C), drawn(C); or a list of paths
//	weights  one number an image, by a rule, with the effective number of images that is left
//	expert   a classifier fitted on a weighted set
//	trial    experts × tests on real held-out images; the first expert is the control, and every other cell also says its
//	         difference to it, paired by image
//
// [ParseExpert] reads NAME=SET[+SET][:WEIGHTS][@METHOD[+OPTION]]; a [Spec] is a whole trial, from flags or from YAML.
// [Spec.Run] fits and tests; its [Result] is the content of RUN/trials/NAME/trial.json.
//
// Every value is that of the fit to all training images. Its interval covers the test images, by the units that they
// come in (pair, group), the training images, by the same units, and the seed of the fit: fits to units drawn again,
// each with a seed of its own, say how much the last two move it (see [measure.AcrossRepeats]). It does not cover
// another prism.
package trial
