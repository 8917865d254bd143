package collection

import (
	"os"
	"path/filepath"
	"testing"
)

// The values are those of Pillow 13 for the images of the field test, which are not part of the project: load,
// exif_transpose, values of 32 bits clipped to 8, laid on white, the centre square, resize to 4 by 4 with BICUBIC;
// the pixels (0, 0), (2, 1) and (3, 3).
func TestFieldImagesAgreeWithPillow(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "field", "d_decoders")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("there are no images at %s", dir)
	}
	same := []byte{210, 175, 89, 207, 145, 137, 210, 175, 89}
	gray := []byte{176, 176, 176, 163, 163, 163, 176, 176, 176}
	bilevel := []byte{175, 175, 175, 162, 162, 162, 175, 175, 175}
	sampled := []byte{208, 171, 89, 209, 184, 120, 208, 171, 90}
	bitmap := []byte{210, 142, 89, 195, 150, 135, 210, 142, 89}
	turned := []byte{228, 171, 92, 225, 167, 107, 228, 171, 92}
	video := []byte{238, 143, 89, 217, 141, 130, 238, 143, 89}
	sticker := []byte{253, 250, 246, 217, 164, 106, 253, 250, 246}
	for name, want := range map[string][]byte{
		"bigtiff.tif": same, "cmyk.jpg": same, "cmyk.tif": same, "fuji.mpo": same, "jpeg_in_tiff.tif": same, "lzw.tif": same,
		"netpbm.ppm": same, "pa.tif": same, "planar_strip_8.tif": same, "planar_tiled_8.tif": same, "zstd_in_tiff.tif": same,
		"planar_photoshop_like_16.tif": same, // which Pillow reads wrongly: the values are those of its other forms
		"fillorder2_8.tif":             gray, "float.tif": gray, "gray.jpg": gray, "int32.tif": gray, "la.tif": gray, "netpbm.pgm": gray, "png16_la.png": gray,
		"bilevel_raw.tif": bilevel, "g4_white_is_zero.tif": bilevel, "g4_written_by_pillow.tif": bilevel, "netpbm.pbm": bilevel,
		"sampling_1x1_2x2_2x2.jpg": sampled, "sampling_2x1_2x1_1x1.jpg": sampled, "sampling_2x2_1x1_1x2.jpg": sampled,
		"sampling_3x1_1x1_1x1.jpg": sampled, "sampling_4x1_1x1_1x1.jpg": sampled,
		"bmp_565.bmp": {213, 141, 89, 194, 149, 133, 213, 141, 89}, "bmp_os2.bmp": bitmap, "bmp_v3_40_zero_alpha.bmp": bitmap,
		"bmp_v5_alpha_mask_0.bmp": bitmap, "bmp_v5_rgb_zero_alpha.bmp": bitmap,
		"exif_png_by_imagemagick6.png": turned, "exif_source.jpg": turned, "exif_tiff_by_imagemagick6.tif": turned, "exif_webp_by_imagemagick6.webp": turned,
		"mjpeg_frame_without_dht.jpg": video, "trailing_base.jpg": video, "trailing_prog.jpg": video,
		"webp_anim_offset_40_40.webp": sticker, "webp_anim_sticker_by_pillow_lossy.webp": sticker,
		"webp_anim_sticker_by_pillow.webp": sticker, // Pillow lays it on black
		"lab.tif":                          {55, 190, 121, 139, 163, 97, 55, 190, 121}, "ycbcr.tif": {208, 174, 87, 205, 145, 134, 208, 174, 87},
		"tall_1x70000.png": {9, 9, 9, 9, 9, 9, 9, 9, 9}, "gif_anim_offset.gif": {12, 9, 5, 214, 161, 104, 12, 9, 5},
	} {
		p, err := OpenPicture(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := p.Square(Options{Size: 4})
		if err != nil {
			t.Error(err)
			continue
		}
		for i, at := range [][2]int{{0, 0}, {2, 1}, {3, 3}} {
			if pixel := pixelAt(got, 4, at[0], at[1]); !near(pixel[:], want[3*i:3*i+3], 3) {
				t.Errorf("%s: pixel %v is %v, want %v", name, at, pixel, want[3*i:3*i+3])
			}
		}
	}
}
