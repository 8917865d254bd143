package net2net

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/google/go-cmp/cmp"
)

func TestProjectsAreRead(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "project.yaml")
	tests := map[string]struct {
		text string
		want Project
		says string // of the error
	}{
		"the published code's": {text: "model:\n  params:\n    flow_config:\n      params:\n        activation: lrelu\n        n_flows: 20\n", want: Project{Activation: true}},
		"no activation":        {text: "model:\n  params:\n    flow_config:\n      params: {activation: none}\n"},
		"activation of others": {text: "model:\n  params:\n    first_stage_config:\n      params: {activation: lrelu}\n"},
		"names":                {text: "collections: [photo, oil]\n", want: Project{Collections: []collection.Spec{{Name: "photo"}, {Name: "oil"}}}},
		"names and paths": {text: "collections:\n  photo: a\n  oil: b.zip\n", want: Project{Collections: []collection.Spec{
			{Name: "photo", Path: filepath.Join(folder, "a")}, {Name: "oil", Path: filepath.Join(folder, "b.zip")}}}},
		"unknown activation": {text: "flow:\n  activation: softplus\n", says: `line 2: the flow's activation is "softplus"`},
		"no mapping":         {text: "- 1\n", says: "project.yaml"},
		"no YAML":            {text: "a: [", says: "project.yaml"},
		"a bad name":         {text: "collections: [a/b]\n", says: "a/b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := ReadProject(path)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
