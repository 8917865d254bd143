package studio

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/prism"
)

const mostSamples = 64

// code is a code as clients hold it: the base64 of little-endian float32 values.
type code string

func codeOf(v []float32) code {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return code(base64.StdEncoding.EncodeToString(b))
}

// values are those of a code of dim dimensions.
func (c code) values(dim int) ([]float32, error) {
	b, err := base64.StdEncoding.DecodeString(string(c))
	if err != nil || len(b) != 4*dim {
		return nil, wrong("a code of this run is the base64 of %d float32 values, which this is not", dim)
	}
	v := make([]float32, dim)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if !(math.Abs(float64(v[i])) <= 1000) {
			return nil, wrong("a code holds %g, which is no value of one", v[i])
		}
	}
	return v, nil
}

// row is one collection's images of some codes.
type row struct {
	Collection string   `json:"collection"`
	Images     []string `json:"images"`
}

// asked is the collection that a field of a request names, or all of them where it is empty.
func (m *model) asked(field, name string) ([]int, error) {
	if name == "" {
		return m.All(), nil
	}
	c, err := m.Collection(name)
	if err != nil {
		return nil, wrong("%s: %v", field, err)
	}
	return []int{c}, nil
}

// rows shows codes [n, dim] under the given collections.
func (m *model) rows(a asker, v []float32, collections []int) ([]row, error) {
	n := len(v) / m.Dim()
	var all []float32
	var labels []int
	for _, c := range collections {
		all = append(all, v...)
		for range n {
			labels = append(labels, c)
		}
	}
	z, err := a.drawn(all, labels)
	if err != nil {
		return nil, err
	}
	decoded, err := a.decode(z)
	if err != nil {
		return nil, err
	}
	urls, err := dataURLs(m.Images(decoded))
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, c := range collections {
		rows = append(rows, row{m.Collections[c], urls[i*n : (i+1)*n]})
	}
	return rows, nil
}

// near asks for codes near another.
type near struct {
	Code     code    `json:"code"`
	Distance float64 `json:"distance"` // from 0, the code itself, to 1, any other
}

// sample draws codes and shows them under every collection.
func (s *Server) sample(w http.ResponseWriter, r *http.Request) error {
	_, m, a, err := s.opened(r)
	if err != nil {
		return err
	}
	ask := struct {
		N           int     `json:"n"`
		Seed        uint64  `json:"seed"`
		Temperature float64 `json:"temperature"`
		Near        *near   `json:"near"`
		Codes       []code  `json:"codes"` // shown in the place of drawn ones
	}{N: 8, Seed: 1, Temperature: prism.Temperature}
	if err := read(w, r, &ask); err != nil {
		return err
	}
	if len(ask.Codes) > 0 {
		return m.showCodes(w, a, ask.Codes)
	}
	if ask.N < 1 || ask.N > mostSamples {
		return wrong("n is %d, but must be from 1 to %d", ask.N, mostSamples)
	}
	if !(ask.Temperature > 0 && ask.Temperature <= 2) {
		return wrong("temperature is %g, but must be above 0 and at most 2", ask.Temperature)
	}
	v := m.DrawCodes(stream.New(ask.Seed, stream.Sample), ask.N, ask.Temperature)
	if ask.Near != nil {
		if _, err := within("near.distance", &ask.Near.Distance, 1); err != nil {
			return err
		}
		centre, err := ask.Near.Code.values(m.Dim())
		if err != nil {
			return err
		}
		// Weights whose squares add up to 1 keep codes as long as codes are.
		far := ask.Near.Distance
		keep := math.Sqrt(1 - far*far)
		for i := range v {
			v[i] = float32(keep*float64(centre[i%len(centre)]) + far*float64(v[i]))
		}
	}
	return m.answerSamples(w, a, v)
}

// showCodes answers with given codes under every collection.
func (m *model) showCodes(w http.ResponseWriter, a asker, list []code) error {
	if len(list) > mostSamples {
		return wrong("%d codes are given, but there can be %d at most", len(list), mostSamples)
	}
	var v []float32
	for _, c := range list {
		values, err := c.values(m.Dim())
		if err != nil {
			return err
		}
		v = append(v, values...)
	}
	return m.answerSamples(w, a, v)
}

// answerSamples answers with codes [n, dim] and their images under every collection.
func (m *model) answerSamples(w http.ResponseWriter, a asker, v []float32) error {
	rows, err := m.rows(a, v, m.All())
	if err != nil {
		return err
	}
	list := make([]code, len(v)/m.Dim())
	for i := range list {
		list[i] = codeOf(v[i*m.Dim() : (i+1)*m.Dim()])
	}
	return answer(w, http.StatusOK, map[string]any{"codes": list, "rows": rows})
}
