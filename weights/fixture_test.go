package weights_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
)

// The reference's files were written by the format's own implementation.
func TestFilesOfOtherToolsAreReadAndKept(t *testing.T) {
	for _, name := range []string{"flow", "autoencoder32", "lpips", "lightning", "resnet101_biggan256"} {
		t.Run(name, func(t *testing.T) {
			original := fixture.Read(t, name+".safetensors").File
			if original.Verified() {
				t.Error("a checksum was found where there is none")
			}
			var b bytes.Buffer
			if err := original.Encode(&b); err != nil {
				t.Fatal(err)
			}
			again, err := weights.Decode(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range original.Tensors() {
				got, _ := again.Lookup(want.Name)
				if !got.HasShape(want.Shape...) || !bytes.Equal(got.Data, want.Data) {
					t.Errorf("%s changed", want.Name)
				}
				values, err := got.Float32s()
				if err != nil {
					t.Fatal(err)
				}
				for i, x := range values {
					if math.IsNaN(float64(x)) {
						t.Fatalf("%s[%d] is NaN", want.Name, i)
					}
				}
			}
		})
	}
}
