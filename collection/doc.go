// Package collection turns folders, archives and lists of images into arrays of equally sized squares that a network
// can be trained on.
//
// # Where images come from
//
// A collection has a name and a path. The path is a folder, a zip, a tar (plain, gzip or bzip2), a Parquet file with
// a column of images, a folder or a pattern of such files, or a table or list of paths. Folders and archives may be
// flat, have class sub-folders, or have train/ and val/ sub-folders; tables beside the images, files that lie beside
// each image, and the other columns of Parquet files give labels. JPEG, PNG, GIF (first frame), WebP (first frame),
// TIFF, BMP and Netpbm are read, whatever their files are called. docs/collections.md describes all of it.
//
// # What an image becomes
//
// The image is turned upright as its EXIF orientation says, cropped to its centre square, laid on the background
// where it is transparent, converted to 8-bit sRGB values, and resized by an anti-aliasing bicubic filter. Values are
// filtered as they are stored, not in linear light: the networks, metrics and data sets this work is compared with
// all do the same, and a resized image then has the contrast its viewers know. Embedded colour profiles of curves and
// a matrix are applied, others are not.
//
// # Rows
//
// Every image file found has a row, in the order of file names compared byte by byte, whether it can be decoded or
// not. A file that becomes unreadable therefore keeps its row and moves no other. It is listed in
// [Collection.Skipped] with the reason and has no pixels: walk [Collection.Rows], [Collection.Train] or
// [Collection.Validation], not Items, to get images. The counts reconcile:
//
//	Found = LeftOut + len(Items)
//	len(Items) = len(Rows()) + len(Skipped)
//
// # The cache
//
// Decoded squares are written to one file a collection and setting in [Options.CacheDir] and mapped read-only, so
// that the second start decodes nothing and pages that are not in use need no memory. Names and labels are in an
// index that all settings of a collection share. See cachefile.go and catalogfile.go for the layouts and what makes
// them safe.
package collection
