package quality

// Border is how many pixels at each side of an image are a bar of black or white that is no part of the picture, such
// as the letterbox of a film or the margin of a scan.
type Border struct{ Left, Top, Right, Bottom int }

// A line of pixels belongs to a bar where all of it is within barRange of the bar's tone; compression blurs the edge.
const barRange = 20

// BorderOf finds the bars of an image: at each side the lines from the edge inwards that are black or white as a
// whole. A side has a bar if that has at least two pixels and a hundredth of the side's length. An image that is one
// tone as a whole has no picture and no border.
func BorderOf(p Plane) Border {
	b := Border{}
	top := bar(p.H, func(y int) (least, most uint8) { return extremes(p.Row(y)) })
	if top == p.H {
		return b
	}
	b.Top = top
	b.Bottom = bar(p.H, func(y int) (least, most uint8) { return extremes(p.Row(p.H - 1 - y)) })
	inner := p.Cut(0, b.Top, p.W, p.H-b.Top-b.Bottom)
	column := func(x int) (least, most uint8) {
		least, most = 255, 0
		for y := range inner.H {
			v := inner.Pix[y*inner.Stride+x]
			if least, most = min(least, v), max(most, v); least > barRange && most < 255-barRange || most > least && most-least > barRange {
				break
			}
		}
		return least, most
	}
	b.Left = bar(p.W, column)
	if b.Left == p.W {
		return Border{}
	}
	b.Right = bar(p.W, func(x int) (least, most uint8) { return column(p.W - 1 - x) })
	b.Left, b.Right = atLeast(b.Left, p.W), atLeast(b.Right, p.W)
	b.Top, b.Bottom = atLeast(b.Top, p.H), atLeast(b.Bottom, p.H)
	return b
}

// bar counts the lines from an edge on that are of one tone, black or white.
func bar(lines int, line func(i int) (least, most uint8)) int {
	black, white := true, true
	for i := range lines {
		least, most := line(i)
		black, white = black && most <= barRange, white && least >= 255-barRange
		if !black && !white {
			return i
		}
	}
	return lines
}

// atLeast drops a bar that is too thin to be one.
func atLeast(bar, side int) int {
	if bar < 2 || bar*100 < side {
		return 0
	}
	return bar
}

func extremes(row []uint8) (least, most uint8) {
	least, most = 255, 0
	for _, v := range row {
		least, most = min(least, v), max(most, v)
	}
	return least, most
}

// Share is the part of a w by h image that its borders cover.
func (b Border) Share(w, h int) float64 {
	inner := float64(w-b.Left-b.Right) * float64(h-b.Top-b.Bottom)
	return 1 - inner/(float64(w)*float64(h))
}
