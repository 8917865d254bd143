package kernel

import "testing"

func TestParseLevelIsTheInverseOfString(t *testing.T) {
	for _, level := range Levels() {
		got, err := ParseLevel(level.String())
		if err != nil || got != level {
			t.Errorf("ParseLevel(%q) = %v, %v", level.String(), got, err)
		}
		if got := New(level).Level(); got != level {
			t.Errorf("New(%v).Level() = %v", level, got)
		}
	}
}

func TestParseLevelRefusesWhatTheMachineLacks(t *testing.T) {
	for _, name := range []string{"", "sse", "AVX2"} {
		if _, err := ParseLevel(name); err == nil {
			t.Errorf("ParseLevel(%q) gave no error", name)
		}
	}
	for level := Best() + 1; level <= AVX512; level++ {
		if _, err := ParseLevel(level.String()); err == nil {
			t.Errorf("ParseLevel(%q) gave no error on a machine that lacks it", level)
		}
	}
}

func TestNewNeverExceedsTheMachine(t *testing.T) {
	if got := New(AVX512 + 5).Level(); got != Best() {
		t.Errorf("New above the best level gives %v, want %v", got, Best())
	}
}
