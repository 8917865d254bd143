// Package net2net is the published system (Rombach, Esser, Ommer: "Network-to-Network Translation with Conditional
// Invertible Neural Networks", 2020; Esser, Rombach, Ommer: "A Note on Data Biases in Generative Models", 2020) as
// its PyTorch code computes it: its layers, its autoencoders for images of 32 and of 256 pixels, its discriminator,
// its losses and its flow. docs/reference.md says how equal they are.
//
// A layer is a description: it lists its parameters, and applies itself to a graph's node with weights that it finds,
// or makes, in a scope under the published names. Images are [batch, height, width, channels] here and [batch,
// channels, height, width] there; weights are kept in the order of axes that our backends read fastest, and [Import]
// and [Model.Export] translate.
//
// A file of weights may hold any of the networks, each under a prefix of its own: a Lightning checkpoint of stage two
// has the flow under "flow." and the autoencoder under "first_stage_model.", one of stage one has the autoencoder
// alone, next to the discriminator and the perceptual distance it was trained with. [Import] finds them by the names
// and shapes of the tensors.
//
// Functions that build graphs panic on wrong shapes, as GoMLX's own.
package net2net
