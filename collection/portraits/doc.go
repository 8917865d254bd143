// Package portraits draws people: parametric portraits in three styles, for collections of images of which everything
// is known.
//
// [Draw] turns a [Person] into a picture. The same person can be drawn as a photo, in oil and as anime, with the same
// pose, face, hair, glasses and mood. [Write] fills a folder for each style with portraits and their labels.
//
// # What is planted
//
// The people of each collection have the attributes of [Prevalences] with the probabilities stated there,
// independently of each other: these are the collections' biases, and nothing else about the people differs. Pose,
// face, background, light and clothes have one distribution in all collections.
//
// Part of the people are in two or three collections at once, under the same value of "pair" in metadata.csv. As many
// are shared as the prevalences allow ([Overlap]); see coupling.go for how both can hold exactly.
package portraits
