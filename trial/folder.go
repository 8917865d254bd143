package trial

import (
	"context"

	"github.com/dataprism/dataprism/collection"
)

// folder is the labelled images of a folder from outside of the run, such as counterfactual pairs, prepared as the
// run's are but not framed. All of them are trained on. They are of no collection.
func (s *maker) folder(ctx context.Context, path string) (*Set, error) {
	d, err := collection.Open(ctx, []collection.Spec{{Name: "folder", Path: path}}, s.Options)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	c := d.Collections[0]
	units := d.Units()[0]
	out := &Set{Side: d.Size, Channels: d.Channels}
	for _, row := range c.Rows() {
		class := s.labels.class(c, row)
		if class < 0 {
			continue
		}
		pair, _ := c.Label(row, collection.LabelPair)
		role, _ := c.Label(row, "role")
		out.Pixels = append(out.Pixels, c.Pixels(row)...)
		out.Class, out.Under = append(out.Class, class), append(out.Under, -1)
		out.Group = append(out.Group, number(c, row, s.labels.Group, s.labels.Groups))
		out.Context = append(out.Context, number(c, row, s.labels.Context, s.labels.Contexts))
		out.Units, out.File = append(out.Units, s.next+units[row]), append(out.File, c.Items[row].File)
		out.Pair, out.Role = append(out.Pair, pair), append(out.Role, role)
	}
	most := -1
	for _, u := range units {
		most = max(most, u)
	}
	s.next += most + 1
	return out, nil
}
