package portraits

import "testing"

func BenchmarkDraw64(b *testing.B) {
	people := crowd(64)
	for _, s := range Styles() {
		b.Run(s.String(), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				Draw(people[i%len(people)], s, 64)
			}
		})
	}
}
