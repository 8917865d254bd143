package collection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Spec names a collection and says where its images are.
type Spec struct {
	Name, Path string
	// Frame is the part of each image that is kept; the zero value keeps all of the centre square.
	Frame Frame
	// Metadata is the table of labels, a file or the name of one within the collection; "" finds those that are
	// there.
	Metadata string
	// FileColumn is the column of tables that says which image a row is about; "" finds it.
	FileColumn string
	// Where takes the images alone that meet all of these conditions, and Of is then the name of the collection that has
	// all of them; see [Cells].
	Where []Where
	Of    string
}

// maxName is the longest name of a collection, in characters.
const maxName = 64

// ParseSpec reads a collection from an argument of the form NAME=PATH. A name has letters, digits, "_", "-" and ".";
// a path that starts with "~/" is below the home folder, which a shell does not see to behind an equals sign.
func ParseSpec(arg string) (Spec, error) {
	name, path, found := strings.Cut(arg, "=")
	if !found {
		return Spec{}, &SpecError{fmt.Sprintf("%q", arg), "a collection is given as NAME=PATH, such as photos=pictures/photos"}
	}
	if err := checkName(name); err != nil {
		return Spec{}, &SpecError{fmt.Sprintf("%q", arg), err.Error()}
	}
	if path == "" {
		return Spec{}, &SpecError{fmt.Sprintf("%q", arg), "the path after = is missing"}
	}
	return Spec{Name: name, Path: expandHome(path)}, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name of the collection is missing")
	case !utf8.ValidString(name):
		return errors.New("the name is not valid UTF-8")
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("the name is longer than %d characters", maxName)
	case strings.EqualFold(name, "all"):
		return errors.New(`the name "all" stands for every collection: choose another`)
	case name[0] == '.' || name[0] == '-':
		return fmt.Errorf("the name must not start with %q", name[0])
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r) {
			return fmt.Errorf("the name has %q: only letters, digits and the signs _ - . may be in it", r)
		}
	}
	return nil
}

// CheckNames says which name of a collection, among those of a data set, is given twice or is none that [ParseSpec]
// takes.
func CheckNames(names []string) error {
	var specs []Spec
	for _, name := range names {
		if err := checkName(name); err != nil {
			return &SpecError{fmt.Sprintf("collection %q", name), err.Error()}
		}
		specs = append(specs, Spec{Name: name})
	}
	return checkNames(specs)
}

func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator))
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// ReadSpecs reads collections from the key "collections" of a YAML file, either a list of {name, path} or a map from
// name to path. Beside the path, or in the place of it in a map as {path, ...}, may stand metadata and file_column,
// as in [Spec]. Other keys of the file are left to others. Relative paths start at the file's folder; metadata that
// is not there is looked for within the collection.
func ReadSpecs(yamlPath string) ([]Spec, error) {
	data, err := os.ReadFile(yamlPath)
	if err != nil {
		return nil, fmt.Errorf("cannot read the list of collections %s: %w", yamlPath, cause(err))
	}
	specs, err := parseSpecs(data)
	if err != nil {
		if e := (*SpecError)(nil); errors.As(err, &e) {
			e.Where = yamlPath + e.Where
			return nil, e
		}
		return nil, err
	}
	for i := range specs {
		specs[i].Path = expandHome(filepath.FromSlash(specs[i].Path))
		if !filepath.IsAbs(specs[i].Path) {
			specs[i].Path = filepath.Join(filepath.Dir(yamlPath), specs[i].Path)
		}
		if table := expandHome(filepath.FromSlash(specs[i].Metadata)); table != "" && !filepath.IsAbs(table) {
			if beside := filepath.Join(filepath.Dir(yamlPath), table); isThere(beside) {
				specs[i].Metadata = beside
			}
		} else {
			specs[i].Metadata = table
		}
	}
	return specs, nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Absolute returns the spec with paths that do not depend on the working folder.
func (s Spec) Absolute() (Spec, error) {
	var err error
	if s.Path, err = filepath.Abs(s.Path); err != nil {
		return s, err
	}
	if s.Metadata != "" && isThere(s.Metadata) {
		s.Metadata, err = filepath.Abs(s.Metadata)
	}
	return s, err
}

// parseSpecs reads the YAML text. Where of its errors is ":LINE" or "".
func parseSpecs(data []byte) ([]Spec, error) {
	var file struct {
		Collections yaml.Node `yaml:"collections"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, &SpecError{"", strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")}
	}
	node := &file.Collections
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	var specs []Spec
	add := func(at *yaml.Node, s Spec) error {
		where := fmt.Sprintf(":%d", at.Line)
		if err := checkName(s.Name); err != nil {
			return &SpecError{where, err.Error()}
		}
		if s.Path == "" {
			return &SpecError{where, fmt.Sprintf("collection %s has no path", s.Name)}
		}
		specs = append(specs, s)
		return nil
	}
	switch node.Kind {
	case yaml.SequenceNode:
		for _, entry := range node.Content {
			s, err := specOfEntry(entry)
			if err != nil {
				return nil, err
			}
			if err := add(entry, s); err != nil {
				return nil, err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			s := Spec{}
			if value.Kind == yaml.MappingNode {
				var err error
				if s, err = specOfEntry(value); err != nil {
					return nil, err
				}
			} else if value.Decode(&s.Path) != nil {
				return nil, &SpecError{fmt.Sprintf(":%d", value.Line), fmt.Sprintf("the path of collection %s must be text", key.Value)}
			}
			s.Name = key.Value
			if err := add(key, s); err != nil {
				return nil, err
			}
		}
	default:
		return nil, &SpecError{"", `the key "collections" with a list of {name, path}, or a map from name to path, is missing`}
	}
	if len(specs) == 0 {
		return nil, &SpecError{"", `"collections" is empty`}
	}
	return specs, checkNames(specs)
}

func specOfEntry(entry *yaml.Node) (Spec, error) {
	where := fmt.Sprintf(":%d", entry.Line)
	var fields map[string]string
	if err := entry.Decode(&fields); err != nil {
		return Spec{}, &SpecError{where, "a collection is given as {name: NAME, path: PATH}"}
	}
	for key := range fields {
		switch key {
		case "name", "path", "metadata", "file_column":
		default:
			return Spec{}, &SpecError{where, fmt.Sprintf("unknown key %q: a collection has name, path, metadata and file_column", key)}
		}
	}
	return Spec{Name: fields["name"], Path: fields["path"], Metadata: fields["metadata"], FileColumn: fields["file_column"]}, nil
}

// checkNames reports a name that is given twice, upper and lower case taken as the same because names become names of
// files.
func checkNames(specs []Spec) error {
	seen := make(map[string]bool, len(specs))
	for _, s := range specs {
		key := strings.ToLower(s.Name)
		if seen[key] {
			return &DuplicateNameError{s.Name}
		}
		seen[key] = true
	}
	return nil
}

// Present is a *NotFoundError where nothing is at the path, which is better known before other collections are read.
func (s Spec) Present() error {
	if _, err := os.Stat(s.Path); err != nil && !(errors.Is(err, fs.ErrNotExist) && isPattern(s.Path)) {
		return &NotFoundError{s.Name, s.Path, err}
	}
	return nil
}

// checkPaths reports a path that is given twice, unless for images of different labels: an image would be compared with
// itself.
func checkPaths(specs []Spec) error {
	seen := make(map[string][]Spec, len(specs))
	for _, s := range specs {
		real, err := filepath.Abs(s.Path)
		if err != nil {
			continue // opening it will say why
		}
		real = realPath(real)
		for _, other := range seen[real] {
			if !apart(s.Where, other.Where) {
				return &SpecError{fmt.Sprintf("%s=%s", s.Name, s.Path), fmt.Sprintf("is the same as collection %s: give each collection images of its own", other.Name)}
			}
		}
		seen[real] = append(seen[real], s)
	}
	return nil
}

// cause strips the operation and path from an error of the file system, for messages that name the path themselves.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
