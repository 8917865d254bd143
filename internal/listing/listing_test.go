package listing

import "testing"

func TestOneThingIsInTheSingular(t *testing.T) {
	for n, want := range map[int]string{0: "0 images", 1: "1 image", 2: "2 images", 1200: "1200 images"} {
		if got := Count(n, "image"); got != want {
			t.Errorf("Count(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestListsSayWhatTheyLeaveOut(t *testing.T) {
	for _, c := range []struct {
		names            []string
		all, some, first string
	}{
		{nil, "", "none", ""},
		{[]string{"a"}, "a", "a", "a"},
		{[]string{"a", "b"}, "a and b", "a, b", "a, b"},
		{[]string{"a", "b", "c"}, "a, b and c", "a, b and 1 more", "a, b, ..."},
		{[]string{"a", "b", "c", "d"}, "a, b, c and d", "a, b and 2 more", "a, b, ..."},
	} {
		if got := All(c.names); got != c.all {
			t.Errorf("All(%q) is %q, want %q", c.names, got, c.all)
		}
		if got := Some(c.names, 2); got != c.some {
			t.Errorf("Some(%q, 2) is %q, want %q", c.names, got, c.some)
		}
		if got := First(c.names, 2); got != c.first {
			t.Errorf("First(%q, 2) is %q, want %q", c.names, got, c.first)
		}
	}
}
