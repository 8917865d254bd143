package weights_test

import (
	"bytes"
	"fmt"

	"github.com/dataprism/dataprism/weights"
)

func Example() {
	out := &weights.File{Metadata: map[string]string{"made by": "an example"}}
	if err := weights.Put(out, "codes", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}); err != nil {
		fmt.Println(err)
		return
	}
	var data bytes.Buffer
	if err := out.Encode(&data); err != nil {
		fmt.Println(err)
		return
	}
	in, err := weights.Decode(data.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, tensor := range in.Tensors() {
		values, err := weights.Values[float32](tensor)
		fmt.Println(tensor.Name, tensor.DType, tensor.Shape, values, err)
	}
	_, err = in.Float32s("codes", 3, 2)
	fmt.Println(err)
	// Output:
	// codes F32 [2 3] [1 2 3 4 5 6] <nil>
	// tensor "codes": has shape [2 3], expected [3 2]
}
